import { useState } from 'react'
import { useStudio, useT } from '../../state/index.ts'
import { Field, TextInput } from '../../ui/index.ts'
import { FormDialog, useSubmit } from '../forms/index.ts'
import { useProjects } from './use-projects.ts'

export const NewProjectDialog = () => {
  const t = useT()
  const { dialogs } = useStudio()
  const { create } = useProjects()
  const [title, setTitle] = useState('')
  const { isBusy, failure, submit } = useSubmit(async () => {
    await create(title.trim() || t('home.new.untitled'))
    dialogs.close()
  })
  return (
    <FormDialog
      title={t('home.new.title')}
      submitLabel={t('home.new.create')}
      onSubmit={submit}
      onClose={dialogs.close}
      isBusy={isBusy}
      error={failure}
      remedies={{ 'try-again': submit }}
    >
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
    </FormDialog>
  )
}
