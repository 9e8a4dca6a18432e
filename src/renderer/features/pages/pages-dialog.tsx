import { type KeyboardEvent, lazy, Suspense, useEffect, useRef } from 'react'
import { type PageName, useStudio, useT } from '../../state/index.ts'
import { Dialog } from '../../ui/index.ts'
import styles from './pages-dialog.module.css'
import { tabAfterKey } from './tab-after-key.ts'

const VoicesPage = lazy(async () => ({ default: (await import('../voices/index.ts')).VoicesPage }))
const ModelsPage = lazy(async () => ({ default: (await import('../models/index.ts')).ModelsPage }))
const EnginesPage = lazy(async () => ({ default: (await import('../engines/index.ts')).EnginesPage }))

const PAGES: readonly PageName[] = ['voices', 'models', 'engines']
const PANEL_ID = 'pages-panel'
const tabId = (page: PageName): string => `pages-tab-${page}`

const Page = ({ page }: { page: PageName }) => {
  switch (page) {
    case 'voices':
      return <VoicesPage />
    case 'models':
      return <ModelsPage />
    case 'engines':
      return <EnginesPage />
  }
}

/** Everything the studio speaks with: voices, models and engines, one page each. */
export const PagesDialog = ({ page }: { page: PageName }) => {
  const t = useT()
  const { dialogs } = useStudio()
  const tabs = useRef<HTMLDivElement>(null)
  useEffect(() => tabs.current?.querySelector<HTMLElement>('[aria-selected=true]')?.focus(), [])
  const walk = (event: KeyboardEvent): void => {
    const next = tabAfterKey(PAGES, page, event.key)
    if (!next) return
    event.preventDefault()
    dialogs.open({ kind: 'pages', page: next })
    document.getElementById(tabId(next))?.focus()
  }
  return (
    <Dialog title={t('pages.title')} closeLabel={t('common.close')} onClose={dialogs.close} isLarge>
      <div className={styles.pages}>
        <div ref={tabs} className={styles.tabs} role="tablist" aria-label={t('pages.tabs')} aria-orientation="vertical">
          {PAGES.map((name) => (
            <button
              key={name}
              id={tabId(name)}
              type="button"
              role="tab"
              className={styles.tab}
              aria-selected={name === page}
              aria-controls={PANEL_ID}
              tabIndex={name === page ? 0 : -1}
              onClick={() => dialogs.open({ kind: 'pages', page: name })}
              onKeyDown={walk}
            >
              {t(`pages.${name}`)}
            </button>
          ))}
        </div>
        <div
          key={page}
          id={PANEL_ID}
          role="tabpanel"
          aria-labelledby={tabId(page)}
          className={styles.panel}
          data-testid={`page-${page}`}
        >
          <Suspense>
            <Page page={page} />
          </Suspense>
        </div>
      </div>
    </Dialog>
  )
}
