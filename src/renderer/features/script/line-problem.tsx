import { AppError, type AppErrorData } from '../../../shared/kernel/index.ts'
import type { Line } from '../../../shared/project/index.ts'
import { MAX_LINE_CHARACTERS } from '../../../shared/script/index.ts'
import { type LineStatus, useEnrolLineVoice, useScriptCommands, useStudio } from '../../state/index.ts'

import { ErrorNotice, type RemedyRuns } from '../errors/error-notice.tsx'
import styles from './line-problem.module.css'

const tooLong = (draft: string): AppErrorData =>
  new AppError('script.line-too-long', {
    params: { limit: MAX_LINE_CHARACTERS, characters: draft.length },
    remedies: ['split-long-lines'],
  }).toData()

type LineProblemProps = { line: Line; status: LineStatus; draft: string | undefined }

/** Why a line could not be rendered or taken over, in its place, with what can be done about it. */
export const LineProblem = ({ line, status, draft }: LineProblemProps) => {
  const { preferences, selection } = useStudio()
  const commands = useScriptCommands()
  const enrolVoice = useEnrolLineVoice(line.lineId)
  const error = draft === undefined ? status.error : tooLong(draft)
  if (!error) return null
  const showInspector = (field: string) => (): void => {
    commands.chooseLine(line.lineId)
    preferences.setState({ sidePanel: 'inspector' })
    // The inspector shows the line with the next paint.
    requestAnimationFrame(() => document.querySelector<HTMLElement>(`[data-direction-field="${field}"]`)?.focus())
  }
  const render = (): void => commands.render({ kind: 'lines', lineIds: [line.lineId] })
  const remedies: RemedyRuns = {
    'try-again': render,
    'render-again': render,
    'enrol-voice': enrolVoice,
    'renew-copy': enrolVoice,
    'choose-another-voice': showInspector('voiceId'),
    'choose-another-engine': showInspector('engineId'),
    'choose-another-language': showInspector('language'),
    'split-long-lines':
      draft === undefined
        ? undefined
        : () => {
            selection.stopEditing()
            commands.splitDraft(line.lineId, draft)
          },
  }
  return (
    // The buttons act by themselves; the row behind them must not take the click as a choice.
    // biome-ignore lint/a11y/noStaticElementInteractions: it only keeps clicks from the row
    // biome-ignore lint/a11y/useKeyWithClickEvents: keys do not bubble into a choice
    <div className={styles.problem} onClick={(event) => event.stopPropagation()}>
      <ErrorNotice error={error} remedies={remedies} look="line" />
    </div>
  )
}
