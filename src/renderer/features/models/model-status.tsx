import { useSlice, useStudio, useTranslator } from '../../state/index.ts'
import { Button } from '../../ui/index.ts'
import { taskTitle } from './model-tasks.tsx'

/** How far work on a model is, in a few words that lead to the page; nothing where there is none. */
export const ModelStatus = () => {
  const translator = useTranslator()
  const { models, dialogs } = useStudio()
  const task = useSlice(models.store, ({ tasks }) => tasks.find(({ status }) => status !== 'failed'))
  if (!task) return null
  const share = Math.floor((task.progress?.fraction ?? 0) * 100) / 100
  return (
    <Button look="link" data-testid="model-status" onClick={() => dialogs.open({ kind: 'pages', page: 'models' })}>
      {translator.t('model.status', { task: taskTitle(translator, task), share })}
    </Button>
  )
}
