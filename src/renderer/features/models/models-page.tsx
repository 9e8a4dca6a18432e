import { useT } from '../../state/index.ts'

/** Models for the local engine: what is there, what can be had, and getting it. */
export const ModelsPage = () => {
  const t = useT()
  return <h3>{t('model.page.title')}</h3>
}
