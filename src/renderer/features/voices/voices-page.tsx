import { useEffect, useRef, useState } from 'react'
import type { RecordedVoice } from '../../state/voices.ts'
import { EditVoice } from './edit-voice.tsx'
import { NewVoice } from './new-voice.tsx'
import { type ChosenRecording, useChooseRecording } from './use-choose-recording.ts'
import { VoiceList } from './voice-list.tsx'

type Shown =
  | { kind: 'list'; createdName: string | null }
  | { kind: 'new'; recording: ChosenRecording }
  | { kind: 'edit'; voice: RecordedVoice }

/** Voices of the library: those that engines bring along, and those that are made from recordings. */
export const VoicesPage = () => {
  const [shown, setShown] = useState<Shown>({ kind: 'list', createdName: null })
  const chooseRecording = useChooseRecording()
  const newButton = useRef<HTMLButtonElement>(null)
  const isBack = useRef(false)
  useEffect(() => {
    // What had the focus is gone with the form.
    if (shown.kind === 'list' && isBack.current) newButton.current?.focus()
    isBack.current = shown.kind !== 'list'
  }, [shown])
  const showList = (createdName: string | null): void => setShown({ kind: 'list', createdName })
  const begin = (): void => chooseRecording((recording) => setShown({ kind: 'new', recording }))
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
    case 'list':
      return (
        <VoiceList
          newButton={newButton}
          createdName={shown.createdName}
          onNew={begin}
          onEdit={(voice) => setShown({ kind: 'edit', voice })}
          onDeleted={() => newButton.current?.focus()}
        />
      )
  }
}
