import { EmulatedEmitter } from './not-emulated.ts'

const area = { x: 0, y: 0, width: 1920, height: 1080 }
const size = { width: area.width, height: area.height }

/** One display of a common size: the protocol knows the screen of a page, not the desktop. */
const display = {
  id: 1,
  label: '',
  bounds: area,
  workArea: area,
  size,
  workAreaSize: size,
  scaleFactor: 1,
  rotation: 0,
  internal: true,
}

class Screen extends EmulatedEmitter {
  getPrimaryDisplay = () => display
  getAllDisplays = () => [display]
  getDisplayMatching = (_area: object) => display
  getDisplayNearestPoint = (_point: object) => display
  getCursorScreenPoint = () => ({ x: 0, y: 0 })
}

export const screen = new Screen()
