import { openCommunityModel } from './community/open-community-model.ts'
import type { ModelStages } from './model-stages.ts'
import { type BundleModelOptions, openBundleModel } from './open-bundle-model.ts'

/** Opens a model of either layout; its stages are opened by whoever needs them. @throws as `ModelStages` says */
export const openModelStages = (
  { directory, layout }: { readonly directory: string; readonly layout: 'bundle' | 'sokuji' },
  selection: Pick<BundleModelOptions, 'wish' | 'certificates' | 'threads'>,
): Promise<ModelStages> =>
  layout === 'sokuji' ? openCommunityModel(directory, selection) : openBundleModel(directory, selection)
