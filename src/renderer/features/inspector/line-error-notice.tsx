import type { LineId } from '../../../shared/kernel/index.ts'
import { useEnrolLineVoice, useLineStatus, useScriptCommands } from '../../state/index.ts'
import { ErrorNotice } from '../errors/error-notice.tsx'

const focusField = (field: string) => (): void =>
  document.querySelector<HTMLElement>(`[data-direction-field="${field}"]`)?.focus()

/** Why the selected line failed, above the fields that can change it. */
export const LineErrorNotice = ({ lineId }: { lineId: LineId }) => {
  const commands = useScriptCommands()
  const error = useLineStatus(lineId)?.status.error
  const enrolVoice = useEnrolLineVoice(lineId)
  if (!error) return null
  const render = (): void => commands.render({ kind: 'lines', lineIds: [lineId] })
  return (
    <ErrorNotice
      error={error}
      remedies={{
        'try-again': render,
        'render-again': render,
        'enrol-voice': enrolVoice,
        'renew-copy': enrolVoice,
        'choose-another-voice': focusField('voiceId'),
        'choose-another-engine': focusField('engineId'),
        'choose-another-language': focusField('language'),
      }}
    />
  )
}
