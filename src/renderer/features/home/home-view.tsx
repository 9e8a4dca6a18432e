import { type DragEvent, useState } from 'react'
import { useSlice, useStudio, useT } from '../../state/index.ts'
import { Button, classes, Icon } from '../../ui/index.ts'
import { ActionButton, ActionIcon } from '../actions/index.ts'
import { OfflineSign } from '../shell/offline-sign.tsx'
import styles from './home-view.module.css'
import { ModelOffer } from './model-offer.tsx'
import { ProjectCard } from './project-card.tsx'
import { useProjects } from './use-projects.ts'

/** Where a person starts: what they worked on lately, and three ways to something new. */
export const HomeView = () => {
  const t = useT()
  const { library, bridge, notices, remote } = useStudio()
  const projects = useSlice(library.store, (state) => state.projects)
  const version = useSlice(library.store, (state) => state.info.version)
  const isLocal = useSlice(remote.store, ({ engines }) => engines.length === 0)
  const { createFrom } = useProjects()
  const [isDropping, setIsDropping] = useState(false)

  const importFile = (): void => {
    bridge
      .call('script.choose')
      .then((file) => file && createFrom({ kind: 'grant', grantId: file.grantId }, file.name))
      .catch(notices.tellError)
  }
  const drop = (event: DragEvent): void => {
    event.preventDefault()
    setIsDropping(false)
    const [file] = event.dataTransfer.files
    if (!file) return
    file
      .bytes()
      .then((bytes) => createFrom({ kind: 'bytes', name: file.name, bytes }, file.name))
      .catch(notices.tellError)
  }

  const isEmpty = projects.length === 0
  return (
    <main
      className={classes(styles.home, isDropping && styles.dropping)}
      data-testid="home"
      onDragOver={(event) => {
        event.preventDefault()
        setIsDropping(true)
      }}
      onDragLeave={() => setIsDropping(false)}
      onDrop={drop}
    >
      <div className={styles.column}>
        <header className={styles.head}>
          <h1 className={styles.title}>{t('app.name')}</h1>
          <nav className={styles.pages} aria-label={t('pages.title')}>
            <ActionButton actionId="voices.open" look="quiet">
              {t('pages.voices')}
            </ActionButton>
            <ActionButton actionId="models.open" look="quiet">
              {t('pages.models')}
            </ActionButton>
            <ActionButton actionId="engines.open" look="quiet">
              {t('pages.engines')}
            </ActionButton>
          </nav>
          <OfflineSign />
          <ActionIcon actionId="settings.open" icon="settings" />
        </header>

        <section className={styles.start} aria-label={t('home.start')}>
          <div className={styles.sample}>
            <h2>{t('home.sample.title')}</h2>
            <p>{t('home.sample.text')}</p>
            <ActionButton actionId="project.create-sample" look={isEmpty ? 'primary' : 'plain'} icon="play">
              {t('home.sample.open')}
            </ActionButton>
          </div>
          <div className={styles.own}>
            <h2>{t('home.own.title')}</h2>
            <p>{t('home.own.text')}</p>
            <div className={styles.buttons}>
              <Button look={isEmpty ? 'plain' : 'primary'} icon="file" onClick={importFile}>
                {t('home.import')}
              </Button>
              <ActionButton actionId="project.create" icon="plus" />
            </div>
          </div>
        </section>

        <ModelOffer />

        <section aria-labelledby="home-recent">
          <h2 id="home-recent" className={styles.heading}>
            {t('home.recent')}
          </h2>
          {isEmpty ? (
            <p className={styles.empty}>{t('home.empty')}</p>
          ) : (
            <ul className={styles.projects}>
              {projects.map((project) => (
                <ProjectCard key={project.projectId} project={project} />
              ))}
            </ul>
          )}
        </section>
        <footer className={styles.foot}>
          <Icon name="folder" />
          <span>{t(isLocal ? 'home.local' : 'home.local.asked')}</span>
          <span className={styles.version}>{t('home.version', { version })}</span>
        </footer>
      </div>
    </main>
  )
}
