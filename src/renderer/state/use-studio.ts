import { createContext, useContext, useMemo } from 'react'
import { type StoreApi, useStore } from 'zustand'
import { createTranslator, type LanguageTag, languageFor, type Translator } from '../../shared/i18n/index.ts'
import { assert, type LineId } from '../../shared/kernel/index.ts'
import { type Line, type Project, resolveDirection } from '../../shared/project/index.ts'
import { type LineStatus, lineStatus } from './line-status.ts'
import type { OpenedProject } from './open-project.ts'
import type { Studio } from './studio.ts'

export const StudioContext = createContext<Studio | null>(null)

export const useStudio = (): Studio => {
  const studio = useContext(StudioContext)
  assert(studio, 'the studio is provided by main.tsx')
  return studio
}

/** The narrowest slice of a store; re-renders only when that slice changes identity. */
export const useSlice = <State, Slice>(store: StoreApi<State>, select: (state: State) => Slice): Slice =>
  useStore(store, select)

export const useOpened = <Slice>(select: (opened: OpenedProject | null) => Slice): Slice =>
  useStore(useStudio().document.store, select)

/** A part of the open document; only below the project window, where there is one. */
export const useProject = <Slice>(select: (project: Project) => Slice): Slice =>
  useOpened((opened) => {
    assert(opened, 'a project is open')
    return select(opened.project)
  })

/** A line with where it stands; undefined once it is removed. */
export const useLineStatus = (lineId: LineId): { line: Line; status: LineStatus } | undefined => {
  const { queue, takes, library, requestOf } = useStudio()
  useStore(library.store, (state) => state.world)
  const line = useOpened((opened) => opened?.project.lines.get(lineId))
  const request = useOpened((opened) => {
    const current = opened?.project.lines.get(lineId)
    return opened && current ? requestOf(opened.project, current) : undefined
  })
  const ofLine = useStore(takes.store, (state) => state.byLine.get(lineId))
  const queueLine = useStore(queue.store, (state) => state.lines.get(lineId))
  return useMemo(
    () => (line && request ? { line, status: lineStatus(line, request, ofLine, queueLine) } : undefined),
    [line, request, ofLine, queueLine],
  )
}

/** Opens the copies that the voice of a line has at services. */
export const useEnrolLineVoice = (lineId: LineId): (() => void) => {
  const { dialogs, document, library } = useStudio()
  return () => {
    const project = document.store.getState()?.project
    const line = project?.lines.get(lineId)
    if (!project || !line) return
    const { defaultVoiceId } = library.store.getState().world
    const copiesOf = resolveDirection(project, line).voiceId.value ?? defaultVoiceId
    dialogs.open({ kind: 'pages', page: 'voices', copiesOf })
  }
}

const translators = new Map<LanguageTag, Translator>()

/** Texts in the language of the settings. */
export const useTranslator = (): Translator => {
  const language = useStore(useStudio().library.store, ({ settings, info }) =>
    settings.language === 'system' ? languageFor(info.systemLanguage) : settings.language,
  )
  const translator = translators.get(language) ?? createTranslator(language)
  translators.set(language, translator)
  return translator
}

export const useT = (): Translator['t'] => useTranslator().t
