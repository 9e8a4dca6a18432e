import { writeFileSync } from 'node:fs'
import { catalogueSchema, createModelStore } from '../../src/main/models/index.ts'
import { quickConvert, storeDeps } from './a-model-catalogue.ts'

/** A process that installs a model of the catalogue it is given, and stands still for good in the middle of the conversion. */
const [, , directory = '', catalogueJson = '', modelId = '', marker = ''] = process.argv
const catalogue = catalogueSchema.parse(JSON.parse(catalogueJson))
const store = createModelStore(
  storeDeps(directory, catalogue, {
    convert: (request, job) =>
      quickConvert(request, {
        ...job,
        progress: (state) => {
          job.progress(state)
          if (state.doneBytes < state.totalBytes / 2) return
          writeFileSync(marker, state.stepId)
          Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
        },
      }),
  }),
)
const job = { signal: new AbortController().signal, progress: () => undefined }
await store.install(modelId, { acceptedLicence: 'Apache-2.0' }, job)
