export * from './installed-model.ts'
export * from './model-install.ts'
export * from './model-listing.ts'
