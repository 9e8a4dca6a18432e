import { type FormEvent, useState } from 'react'
import { useStudio, useT } from '../../state/index.ts'
import { Button, Dialog, Field, TextInput } from '../../ui/index.ts'
import { useProjects } from './use-projects.ts'

const FORM_ID = 'new-project'

export const NewProjectDialog = () => {
  const t = useT()
  const { dialogs } = useStudio()
  const { create } = useProjects()
  const [title, setTitle] = useState('')
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    dialogs.close()
    create(title.trim() || t('home.new.untitled'))
  }
  return (
    <Dialog
      title={t('home.new.title')}
      closeLabel={t('common.close')}
      onClose={dialogs.close}
      foot={
        <>
          <Button look="quiet" onClick={dialogs.close}>
            {t('common.cancel')}
          </Button>
          <Button look="primary" type="submit" form={FORM_ID}>
            {t('home.new.create')}
          </Button>
        </>
      }
    >
      <form id={FORM_ID} onSubmit={submit}>
        <Field label={t('home.new.name')}>
          {(ids) => (
            <TextInput
              {...ids}
              maxLength={300}
              placeholder={t('home.new.untitled')}
              value={title}
              onChange={(event) => setTitle(event.target.value)}
            />
          )}
        </Field>
      </form>
    </Dialog>
  )
}
