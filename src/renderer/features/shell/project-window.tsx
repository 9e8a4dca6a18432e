import { Group, Panel, Separator } from 'react-resizable-panels'
import { useSlice, useStudio, useT } from '../../state/index.ts'
import { ScriptPane } from '../script/index.ts'
import { Sidebar } from '../sidebar/index.ts'
import { Timeline, TransportBar } from '../timeline/index.ts'
import styles from './project-window.module.css'
import { SidePanelView } from './side-panel.tsx'
import { StatusBar } from './status-bar.tsx'
import { TitleBar } from './title-bar.tsx'
import { usePanelLayout } from './use-panel-layout.ts'

/** The window of an open project: script in the middle, everything else around it. */
export const ProjectWindow = () => {
  const t = useT()
  const { preferences } = useStudio()
  const isTimelineShown = useSlice(preferences, (state) => state.isTimelineShown)
  const columns = usePanelLayout('columns')
  const rows = usePanelLayout(isTimelineShown ? 'rows' : 'rows-without-timeline')
  return (
    <div className={styles.window} data-testid="project-window">
      <TitleBar />
      <Group orientation="vertical" className={styles.group} key={String(isTimelineShown)} {...rows}>
        <Panel id="work" minSize={220}>
          <Group orientation="horizontal" className={styles.group} {...columns}>
            <Panel id="sidebar" defaultSize={216} minSize={150} maxSize={420} groupResizeBehavior="preserve-pixel-size">
              <Sidebar />
            </Panel>
            <Separator className={styles.separator} aria-label={t('window.resize.sidebar')} />
            <Panel id="script" minSize={360}>
              <ScriptPane />
            </Panel>
            <Separator className={styles.separator} aria-label={t('window.resize.panel')} />
            <Panel id="panel" defaultSize={300} minSize={240} maxSize={520} groupResizeBehavior="preserve-pixel-size">
              <SidePanelView />
            </Panel>
          </Group>
        </Panel>
        {isTimelineShown && (
          <>
            <Separator className={styles.separator} data-direction="rows" aria-label={t('window.resize.timeline')} />
            <Panel
              id="timeline"
              defaultSize={222}
              minSize={110}
              maxSize="60%"
              groupResizeBehavior="preserve-pixel-size"
            >
              <div className={styles.timeline}>
                <TransportBar />
                <Timeline />
              </div>
            </Panel>
          </>
        )}
      </Group>
      {!isTimelineShown && <TransportBar />}
      <StatusBar />
    </div>
  )
}
