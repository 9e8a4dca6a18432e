import { useEffect, useRef, useState } from 'react'
import type { VoiceId } from '../../../shared/kernel/index.ts'
import { useSlice, useStudio } from '../../state/index.ts'
import { type RecordedVoice, recordedVoices } from '../../state/voices.ts'
import { ComparePage } from './compare-page.tsx'
import { DesignVoice, designingEngines } from './design-voice.tsx'
import { EditVoice } from './edit-voice.tsx'
import { NewVoice } from './new-voice.tsx'
import { type ChosenRecording, useChooseRecording } from './use-choose-recording.ts'
import { VoiceCopiesPage } from './voice-copies-page.tsx'
import { VoiceList } from './voice-list.tsx'

type Shown =
  | { kind: 'list'; createdName: string | null }
  | { kind: 'new'; recording: ChosenRecording }
  | { kind: 'edit'; voice: RecordedVoice }
  | { kind: 'copies'; voiceId: VoiceId }
  | { kind: 'compare' }
  | { kind: 'design' }

/** Tells the controls of the list that lead to a page apart. */
const wayTo = (shown: Shown): string => {
  switch (shown.kind) {
    case 'edit':
      return `edit ${shown.voice.voiceId}`
    case 'copies':
      return `copies ${shown.voiceId}`
    default:
      return shown.kind
  }
}

/** Voices of the library: those that engines bring along, and those that are made from recordings or words. */
export const VoicesPage = () => {
  const { dialogs, library, remote } = useStudio()
  const copiesOf = useSlice(dialogs.store, (open) => (open?.kind === 'pages' ? open.copiesOf : undefined))
  const voices = useSlice(library.store, ({ world }) => world.voices)
  const listings = useSlice(remote.store, ({ engines }) => engines)
  const [shown, setShown] = useState<Shown>(
    copiesOf === undefined ? { kind: 'list', createdName: null } : { kind: 'copies', voiceId: copiesOf },
  )
  const chooseRecording = useChooseRecording()
  const newButton = useRef<HTMLButtonElement>(null)
  const former = useRef(shown)
  useEffect(() => {
    // What had the focus is gone with the page that was shown; what led there is back.
    if (shown.kind === 'list' && former.current.kind !== 'list') {
      const way = document.querySelector<HTMLElement>(`[data-way="${CSS.escape(wayTo(former.current))}"]`)
      const back = way ?? newButton.current
      back?.focus()
    }
    former.current = shown
  }, [shown])
  const showList = (createdName: string | null): void => setShown({ kind: 'list', createdName })
  const begin = (): void => chooseRecording((recording) => setShown({ kind: 'new', recording }))
  const list = (createdName: string | null) => (
    <VoiceList
      newButton={newButton}
      createdName={createdName}
      onNew={begin}
      onEdit={(voice) => setShown({ kind: 'edit', voice })}
      onCopies={({ voiceId }) => setShown({ kind: 'copies', voiceId })}
      onCompare={() => setShown({ kind: 'compare' })}
      onDesign={() => setShown({ kind: 'design' })}
      onDeleted={() => newButton.current?.focus()}
    />
  )
  switch (shown.kind) {
    case 'new':
      return (
        <NewVoice
          recording={shown.recording}
          onChooseAnother={begin}
          onCancel={() => showList(null)}
          onCreated={showList}
        />
      )
    case 'edit':
      return <EditVoice voice={shown.voice} onDone={() => showList(null)} />
    case 'copies': {
      const voice = recordedVoices(voices.values()).find(({ voiceId }) => voiceId === shown.voiceId)
      return voice ? (
        <VoiceCopiesPage
          key={shown.voiceId}
          voice={voice}
          onCompare={() => setShown({ kind: 'compare' })}
          onBack={() => showList(null)}
        />
      ) : (
        list(null)
      )
    }
    case 'compare':
      return <ComparePage onBack={() => showList(null)} />
    case 'design':
      return <DesignVoice engines={designingEngines(listings.map(({ engine }) => engine))} onDone={showList} />
    case 'list':
      return list(shown.createdName)
  }
}
