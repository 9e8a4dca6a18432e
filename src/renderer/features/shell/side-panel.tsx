import type { ActionId } from '../../../shared/actions/index.ts'
import { type SidePanel, useSlice, useStudio, useT } from '../../state/index.ts'
import { useRunAction } from '../actions/index.ts'
import { CastPanel } from '../cast/index.ts'
import { Inspector } from '../inspector/index.ts'
import { QueuePanel } from '../queue/index.ts'
import styles from './side-panel.module.css'

const TABS: readonly { panel: SidePanel; actionId: ActionId & `view.${SidePanel}` }[] = [
  { panel: 'inspector', actionId: 'view.inspector' },
  { panel: 'cast', actionId: 'view.cast' },
  { panel: 'queue', actionId: 'view.queue' },
]

const PANEL_ID = 'side-panel'

/** What is at the right of the script: the line, the cast or the queue. */
export const SidePanelView = () => {
  const t = useT()
  const { preferences } = useStudio()
  const shown = useSlice(preferences, (state) => state.sidePanel)
  const runAction = useRunAction()
  const walk = (key: string): void => {
    const step = key === 'ArrowRight' ? 1 : key === 'ArrowLeft' ? -1 : 0
    const index = TABS.findIndex(({ panel }) => panel === shown)
    const next = TABS[(index + step + TABS.length) % TABS.length]
    if (step === 0 || !next) return
    runAction(next.actionId)
    document.getElementById(`tab-${next.panel}`)?.focus()
  }
  return (
    <aside className={styles.panel} aria-label={t('window.panel')}>
      <div className={styles.tabs} role="tablist" aria-label={t('window.panel')}>
        {TABS.map(({ panel, actionId }) => (
          <button
            key={panel}
            id={`tab-${panel}`}
            type="button"
            role="tab"
            className={styles.tab}
            aria-selected={panel === shown}
            aria-controls={PANEL_ID}
            tabIndex={panel === shown ? 0 : -1}
            onClick={() => runAction(actionId)}
            onKeyDown={(event) => walk(event.key)}
          >
            {t(`action.${actionId}`)}
          </button>
        ))}
      </div>
      <div id={PANEL_ID} role="tabpanel" aria-labelledby={`tab-${shown}`} className={styles.content}>
        {shown === 'inspector' && <Inspector />}
        {shown === 'cast' && <CastPanel />}
        {shown === 'queue' && <QueuePanel />}
      </div>
    </aside>
  )
}
