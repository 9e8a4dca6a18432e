import { RECORDING_LIMITS, type RecordingAdvice, type RecordingReport } from '../../shared/voice/index.ts'

/** One sample of two thousand: some ten a second, which is a crackle that the voice takes over. */
const CLIPPED_SHARE = 0.0005
/** 10 dB below the softest speech that audiobook shops take. The voice speaks as softly as its recording. @source ACX audio submission requirements: -23 to -18 dB RMS */
const QUIET_DB = -33
/** Least distance of speech and noise in a corpus that was chosen for clean speech. @source Bakhturina et al. 2021, Hi-Fi Multi-Speaker English TTS Dataset */
const NOISE_DISTANCE_DB = 32
/** The models' own rate: what is missing below it is missing from the voice. @source FunAudioLLM/CosyVoice cosyvoice3.yaml sample_rate */
const FULL_RATE_HZ = 24_000

const TESTS: readonly [RecordingAdvice, (report: Measured) => boolean][] = [
  ['clipped', ({ clippedShare }) => clippedShare >= CLIPPED_SHARE],
  ['noisy', ({ speechLevelDb, noiseLevelDb }) => speechLevelDb - noiseLevelDb < NOISE_DISTANCE_DB],
  ['short', ({ durationSec }) => durationSec < RECORDING_LIMITS.bestFromSec],
  ['long', ({ durationSec }) => durationSec > RECORDING_LIMITS.bestToSec],
  ['quiet', ({ speechLevelDb }) => speechLevelDb < QUIET_DB],
  ['low-rate', ({ sampleRateHz }) => sampleRateHz < FULL_RATE_HZ],
]

type Measured = Pick<
  RecordingReport,
  'clippedShare' | 'speechLevelDb' | 'noiseLevelDb' | 'durationSec' | 'sampleRateHz'
>

/** What could be better about a recording that is usable, the most audible first. */
export const recordingAdvice = (report: Measured): RecordingAdvice[] =>
  TESTS.filter(([, isSo]) => isSo(report)).map(([advice]) => advice)
