import { lazy, type ReactNode, Suspense, useEffect } from 'react'
import { useActionConnection } from './features/actions/index.ts'
import { Boundary, LiveRegion, NoticeRegion } from './features/errors/index.ts'
import { HomeView, NewProjectDialog } from './features/home/index.ts'
import { ProjectWindow } from './features/shell/index.ts'
import { useOpened, useSlice, useStudio, useTranslator } from './state/index.ts'

const ImportDialog = lazy(async () => ({ default: (await import('./features/import/index.ts')).ImportDialog }))
const ExportDialog = lazy(async () => ({ default: (await import('./features/export/index.ts')).ExportDialog }))
const SettingsDialog = lazy(async () => ({ default: (await import('./features/settings/index.ts')).SettingsDialog }))
const PagesDialog = lazy(async () => ({ default: (await import('./features/pages/index.ts')).PagesDialog }))
const SendingDialog = lazy(async () => ({ default: (await import('./features/remote/index.ts')).SendingDialog }))
const ShortcutsDialog = lazy(async () => ({
  default: (await import('./features/actions/shortcuts-dialog.tsx')).ShortcutsDialog,
}))

const OpenDialogs = () => {
  const { dialogs } = useStudio()
  const dialog = useSlice(dialogs.store, (open) => open)
  switch (dialog?.kind) {
    case 'import':
      return <ImportDialog {...dialog} />
    case 'export':
      return <ExportDialog />
    case 'settings':
      return <SettingsDialog field={dialog.field} />
    case 'pages':
      return <PagesDialog page={dialog.page} />
    case 'shortcuts':
      return <ShortcutsDialog />
    case 'new-project':
      return <NewProjectDialog />
    case undefined:
      return null
  }
}

/** A dialog that cannot be drawn is closed, and said; the window behind it stays. */
const DialogBoundary = ({ children }: { children: ReactNode }) => {
  const { dialogs, notices } = useStudio()
  const kind = useSlice(dialogs.store, (open) => open?.kind)
  const giveUp = (error: unknown): void => {
    dialogs.close()
    notices.tellError(error)
  }
  return (
    <Boundary key={kind} instead={() => null} onError={giveUp}>
      {children}
    </Boundary>
  )
}

/** Above whatever dialog is open. */
const OpenQuestion = () => {
  const { sending } = useStudio()
  const isAsking = useSlice(sending.store, (question) => question !== null)
  return isAsking && <SendingDialog />
}

/** Language and theme of the whole window. */
const useWindowLook = (): void => {
  const { library } = useStudio()
  const { language, t } = useTranslator()
  const theme = useSlice(library.store, ({ settings }) => settings.theme)
  const title = useOpened((opened) => opened?.project.settings.title)
  useEffect(() => {
    document.documentElement.lang = language
  }, [language])
  useEffect(() => {
    document.documentElement.dataset.theme = theme
  }, [theme])
  useEffect(() => {
    document.title = title === undefined ? t('app.name') : t('app.titleWithProject', { title })
  }, [title, t])
}

export const App = () => {
  const isOpen = useOpened((opened) => opened !== null)
  useActionConnection()
  useWindowLook()
  return (
    <>
      {isOpen ? <ProjectWindow /> : <HomeView />}
      <DialogBoundary>
        <Suspense>
          <OpenDialogs />
        </Suspense>
      </DialogBoundary>
      <Suspense>
        <OpenQuestion />
      </Suspense>
      <NoticeRegion />
      <LiveRegion />
    </>
  )
}
