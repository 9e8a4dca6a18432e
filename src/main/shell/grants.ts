import { AppError, type GrantId, type MintId, mintGrantId } from '../../shared/kernel/index.ts'

/** Paths that a person picked in a dialog. The window knows them by id only, so it can reach nothing else. */
export type Grants = { give(path: string): GrantId; pathOf(grantId: GrantId): string }

export const createGrants = (mint: MintId): Grants => {
  const paths = new Map<GrantId, string>()
  return {
    give: (path) => {
      const grantId = mintGrantId(mint)
      paths.set(grantId, path)
      return grantId
    },
    pathOf: (grantId) => {
      const path = paths.get(grantId)
      if (path === undefined) throw new AppError('grant.expired', { remedies: ['choose-another-file'] })
      return path
    },
  }
}
