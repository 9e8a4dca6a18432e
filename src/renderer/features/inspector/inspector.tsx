import { useMemo } from 'react'
import { type ChapterId, compareOrder, type LineId } from '../../../shared/kernel/index.ts'
import type { QueueLineStatus } from '../../../shared/render/index.ts'
import { useProject, useSlice, useStudio, useT } from '../../state/index.ts'
import { Button, Field, Select } from '../../ui/index.ts'
import { ActionButton } from '../actions/index.ts'
import { ClipFields } from './clip-fields.tsx'
import { DirectionFields } from './direction-fields.tsx'
import styles from './inspector.module.css'
import { LineErrorNotice } from './line-error-notice.tsx'
import { ProjectInspector } from './project-inspector.tsx'
import { TakeList } from './take-list.tsx'

const MIXED = '*'

const CharacterField = ({ lineIds }: { lineIds: readonly LineId[] }) => {
  const t = useT()
  const { commands } = useStudio()
  const characters = useProject((project) => project.characters)
  const characterId = useProject((project) => {
    const ids = new Set(lineIds.map((lineId) => project.lines.get(lineId)?.characterId))
    return ids.size === 1 ? [...ids][0] : undefined
  })
  const sorted = [...characters.values()].sort(compareOrder)
  return (
    <Field label={t('inspector.character')}>
      {(ids) => (
        <Select
          {...ids}
          value={characterId ?? MIXED}
          options={[
            ...(characterId ? [] : [{ value: MIXED, label: t('direction.mixed'), isDisabled: true }]),
            ...sorted.map((character) => ({ value: character.characterId, label: character.name })),
          ]}
          onChoose={(chosen) => {
            const character = sorted.find((each) => each.characterId === chosen)
            if (character) commands.assign(character.characterId)
          }}
        />
      )}
    </Field>
  )
}

const isWaiting = (status: QueueLineStatus | undefined): boolean =>
  status === 'queued' || status === 'running' || status === 'waiting'

const LinesInspector = ({ lineIds, number }: { lineIds: readonly LineId[]; number: number | null }) => {
  const t = useT()
  const target = useMemo(() => ({ kind: 'lines' as const, lineIds }), [lineIds])
  const { queue, document, bridge, notices } = useStudio()
  const queueLines = useSlice(queue.store, (state) => state.lines)
  const waitingIds = lineIds.filter((lineId) => isWaiting(queueLines.get(lineId)?.status))
  const takeOut = (): void => {
    const projectId = document.store.getState()?.projectId
    if (projectId) bridge.call('queue.cancel-lines', { projectId, lineIds: waitingIds }).catch(notices.tellError)
  }
  const [only] = lineIds
  return (
    <>
      <div className={styles.head}>
        <h2 className={styles.title}>
          {number === null ? t('inspector.lines', { count: lineIds.length }) : t('inspector.line', { number })}
        </h2>
        {waitingIds.length > 0 && <Button onClick={takeOut}>{t('inspector.cancel')}</Button>}
        <ActionButton actionId="render.lines">{t('inspector.render')}</ActionButton>
      </div>
      {lineIds.length === 1 && only && <LineErrorNotice lineId={only} />}
      <CharacterField lineIds={lineIds} />
      <DirectionFields target={target} />
      <ClipFields lineIds={lineIds} />
      {lineIds.length === 1 && only && <TakeList lineId={only} />}
    </>
  )
}

const ChapterInspector = ({ chapterId }: { chapterId: ChapterId }) => {
  const t = useT()
  const title = useProject((project) => project.chapters.get(chapterId)?.title)
  const target = useMemo(() => ({ kind: 'chapter' as const, chapterId }), [chapterId])
  return (
    <>
      <div className={styles.head}>
        <h2 className={styles.title}>{title || t('script.chapter.untitled')}</h2>
        <ActionButton actionId="render.chapter">{t('inspector.render')}</ActionButton>
      </div>
      <p className={styles.note}>{t('inspector.chapter.note')}</p>
      <DirectionFields target={target} />
    </>
  )
}

/** What the selected lines, chapter or - where nothing is selected - the project say about how they are spoken. */
export const Inspector = () => {
  const { selection, rows } = useStudio()
  const selected = useSlice(selection.store, (state) => state.lineIds)
  const activeId = useSlice(selection.store, (state) => state.activeId)
  const lines = useProject((project) => project.lines)
  const list = useSlice(rows, (state) => state)
  const lineIds = useMemo(() => [...selected].filter((lineId) => lines.has(lineId)), [selected, lines])
  const chapterId = list.find((row) => row.id === activeId && row.kind === 'chapter')?.id as ChapterId | undefined
  const number = lineIds.length === 1 ? (list.find((row) => row.id === lineIds[0])?.number ?? null) : null
  return (
    <div className={styles.inspector} data-testid="inspector">
      {lineIds.length > 0 ? (
        <LinesInspector lineIds={lineIds} number={number} />
      ) : chapterId ? (
        <ChapterInspector chapterId={chapterId} />
      ) : (
        <ProjectInspector />
      )}
    </div>
  )
}
