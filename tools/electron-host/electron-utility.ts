// `electron` as a utility process sees it.
import { missingModule } from './not-emulated.ts'

const net = { fetch, isOnline: (): boolean => true, online: true }
const systemPreferences = missingModule('systemPreferences')
const electron = { net, systemPreferences }

export { electron as default, electron as 'module.exports', net, systemPreferences }
