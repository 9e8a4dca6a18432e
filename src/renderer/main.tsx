import './jitless.ts'
import './ui/base.css'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { assert } from '../shared/kernel/index.ts'
import { App } from './app.tsx'
import { connectWebOutput } from './bridge/web-output.ts'
import { ActionsContext, createActions } from './features/actions/index.ts'
import { Boundary, BrokenWindow } from './features/errors/index.ts'
import { openStudio, StudioContext } from './state/index.ts'

const root = document.getElementById('root')
assert(root, 'index.html has the root element')

const studio = await openStudio(window.cosy, localStorage)
const actions = createActions(studio)
connectWebOutput(studio.bridge)
// Typing rests for a moment before it is taken over; a window that closes meanwhile must not lose it.
window.addEventListener('pagehide', () => studio.pendingText.flush())

createRoot(root).render(
  <StrictMode>
    <StudioContext value={studio}>
      <ActionsContext value={actions}>
        <Boundary instead={(error) => <BrokenWindow error={error} />}>
          <App />
        </Boundary>
      </ActionsContext>
    </StudioContext>
  </StrictMode>,
)
