import type { EngineCapabilities } from '../../../shared/render/index.ts'
import type { DeviceFacts } from '../../state/index.ts'
import { LOCAL_ENGINE, providerName, trialDevices } from './device-view.ts'

/** An engine as the title bar names it: the local one with what it was measured on, as the settings are. */
export const engineChip = (
  engine: EngineCapabilities | undefined,
  facts: Pick<DeviceFacts, 'providers' | 'trial'> | null,
): string | undefined => {
  if (engine?.engineId !== LOCAL_ENGINE || engine.unavailable || !facts?.trial) return engine?.name
  const devices = trialDevices(facts.trial).map((provider) => providerName(facts.providers, provider))
  return `${engine.name} · ${devices.join(' + ')}`
}
