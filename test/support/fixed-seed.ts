import { configureGlobal } from 'fast-check'

/** Property tests try the same cases in every run; what one finds, all find. */
configureGlobal({ seed: 20_261_121 })
