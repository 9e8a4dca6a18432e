import type { NewVoice } from '../../../shared/voice/index.ts'
import { useStudio, useT } from '../../state/index.ts'
import type { RecordedVoice } from '../../state/voices.ts'
import { Subpage } from './subpage.tsx'
import { VoiceForm } from './voice-form.tsx'

/** Changes what is said of a voice; its recording stays. */
export const EditVoice = ({ voice, onDone }: { voice: RecordedVoice; onDone(): void }) => {
  const t = useT()
  const { bridge } = useStudio()
  const { voiceId, name, language, gender, notes, source } = voice
  const change = async (said: NewVoice): Promise<void> => {
    await bridge.call('voice.change', { ...said, voiceId })
    onDone()
  }
  return (
    <Subpage title={t('voices.edit.title')} onBack={onDone}>
      <VoiceForm
        isKnown
        submitLabel={t('voices.edit.submit')}
        initial={{ name, promptText: source.promptText, language, gender, notes }}
        onSave={change}
        onCancel={onDone}
      />
    </Subpage>
  )
}
