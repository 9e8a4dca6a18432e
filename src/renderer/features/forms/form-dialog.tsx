import { type FormEvent, type ReactNode, useId } from 'react'
import type { AppErrorData } from '../../../shared/kernel/index.ts'
import { useT } from '../../state/index.ts'
import { Button, classes, Dialog } from '../../ui/index.ts'
import { ErrorNotice, type RemedyRuns } from '../errors/error-notice.tsx'
import styles from './form-dialog.module.css'

type FormDialogProps = {
  title: string
  submitLabel: string
  onSubmit(): void
  /** The way back: cancel, the cross and Esc. */
  onClose(): void
  /** Whether there is enough to go on with. */
  isReady?: boolean
  /** It is being done and cannot be stopped: until it is, nothing leads on or back. */
  isBusy?: boolean
  /** Stands above the foot, where it is seen however long the form is. */
  error?: AppErrorData | null
  remedies?: RemedyRuns
  /** What has to be answered first; it stands where an error would. */
  question?: ReactNode
  /** One more way, at the far end of the foot. */
  aside?: ReactNode
  /** In the place of cancel and submit, where there is nothing to submit. */
  foot?: ReactNode
  isWide?: boolean
  className?: string | undefined
  'data-testid'?: string
  children: ReactNode
}

/** A dialog that asks for something and then does it. Enter submits, Esc is the way back. */
export const FormDialog = ({
  title,
  submitLabel,
  onSubmit,
  onClose,
  isReady = true,
  isBusy = false,
  error = null,
  remedies,
  question,
  aside,
  foot,
  isWide = false,
  className,
  'data-testid': testId,
  children,
}: FormDialogProps) => {
  const t = useT()
  const formId = useId()
  const close = (): void => {
    if (!isBusy) onClose()
  }
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (isReady && !isBusy && !foot) onSubmit()
  }
  return (
    <Dialog
      title={title}
      closeLabel={t('common.close')}
      onClose={close}
      isWide={isWide}
      trouble={question ?? (error && <ErrorNotice error={error} {...(remedies && { remedies })} />)}
      foot={
        foot ?? (
          <>
            {aside}
            <Button look="quiet" aria-disabled={isBusy} onClick={close}>
              {t('common.cancel')}
            </Button>
            {/* Keeps the focus while it is busy: one that is disabled would lose it. */}
            <Button look="primary" type="submit" form={formId} disabled={!isReady} aria-disabled={isBusy}>
              {submitLabel}
            </Button>
          </>
        )
      }
    >
      <form
        id={formId}
        className={classes(styles.form, className)}
        noValidate
        aria-busy={isBusy}
        onSubmit={submit}
        data-testid={testId}
      >
        {children}
      </form>
    </Dialog>
  )
}
