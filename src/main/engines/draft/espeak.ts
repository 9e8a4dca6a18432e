import { assert } from '../../../shared/kernel/index.ts'

/** The part of the package that is used here. @source echogarden-project/espeak-ng-emscripten README.md */
type EspeakModule = {
  readonly HEAPU8: Uint8Array
  readonly FS: { writeFile(path: string, text: string): void }
  readonly eSpeakNGWorker: new () => EspeakWorker
}
type EspeakWorker = {
  get_samplerate(): number
  set_voice(name: string, language: string): number
  set_rate(wordsPerMinute: number): void
  set_volume(percent: number): void
  list_voices(): { identifier: string }[]
  /** The callback gives true to stop. */
  synthesize(text: string, onAudio: (pcm: Int16Array | null) => boolean): void
  synthesize_ipa(text: string): { ipa: string }
}
type OpenEspeakModule = (options: { print(text: string): void; printErr(text: string): void }) => Promise<EspeakModule>

type EspeakRequest = {
  text: string
  /** File name of one of espeak's languages, e.g. `cmn`. */
  espeakVoice: string
  /** Body of an espeak variant file: pitch, formants, breath. @source espeak-ng/espeak-ng docs/voices.md */
  variant: string
  /** 175 is espeak's normal; it cannot go below 80. */
  wordsPerMinute: number
}

/** Longest text of one call, in UTF-8 bytes. */
const MAX_TEXT_BYTES = 16_384
/** The variant file is written anew for each call, so that voices are our own and pitch is exact. */
const VARIANT_NAME = 'studio'
const VARIANT_PATH = `/usr/share/espeak-ng-data/voices/!v/${VARIANT_NAME}`
/** Half of espeak's own level: bright voices clip inside the synthesiser at 100. */
const VOLUME_PERCENT = 50
/** espeak can be sent into endless speech by odd input; nothing real takes this long. */
const MAX_SEC_PER_CHARACTER = 8
const MAX_SEC = 10

/**
 * espeak seeds its random numbers, which breath is made of, with the time at which it is initialised; the clock stands
 * still for that one synchronous call, so that a whisper is the same whisper in every process.
 */
const initialisedAtEpoch = (module: EspeakModule): EspeakWorker => {
  const now = Date.now
  Date.now = () => 0
  try {
    return new module.eSpeakNGWorker()
  } finally {
    Date.now = now
  }
}

/**
 * espeak-ng, compiled to JavaScript.
 *
 * The synthesiser carries state from call to call (flutter, random numbers), so a repeated call differs in a few samples.
 * Each call here starts from a copy of the memory as it was when espeak had just been loaded; that costs about a
 * millisecond and makes the same request the same PCM, whatever was said before.
 */
class Espeak {
  readonly sampleRateHz: number
  readonly #module: EspeakModule
  readonly #worker: EspeakWorker
  readonly #freshMemory: Uint8Array

  constructor(module: EspeakModule) {
    this.#module = module
    this.#worker = initialisedAtEpoch(module)
    this.sampleRateHz = this.#worker.get_samplerate()
    // The JavaScript half keeps a pointer to one buffer for strings and replaces it when a string is too long for it.
    // It has to reach its size before memory is copied, or the pointer would outlive what it points to.
    this.#worker.set_voice('x'.repeat(MAX_TEXT_BYTES + 1024), '')
    this.#worker.set_voice('en-us', '')
    this.#worker.set_voice('en-us', '')
    let usedBytes = module.HEAPU8.length
    while (module.HEAPU8[usedBytes - 1] === 0) usedBytes--
    this.#freshMemory = module.HEAPU8.slice(0, usedBytes)
  }

  /** Names of the languages there are, as `espeakVoice` takes them. */
  espeakVoices(): string[] {
    this.#restore()
    return this.#worker.list_voices().map(({ identifier }) => identifier.split('/').at(-1)?.toLowerCase() ?? '')
  }

  /** Mono PCM at `sampleRateHz`; empty where espeak finds nothing to say. */
  speak(request: EspeakRequest): Int16Array {
    this.#set(request)
    const maxSamples = (request.text.length * MAX_SEC_PER_CHARACTER + MAX_SEC) * this.sampleRateHz
    const parts: Int16Array[] = []
    let samples = 0
    this.#worker.synthesize(request.text, (pcm) => {
      if (pcm) parts.push(pcm)
      samples += pcm?.length ?? 0
      return samples > maxSamples
    })
    assert(samples <= maxSamples, 'espeak comes to an end')
    const whole = new Int16Array(samples)
    let offset = 0
    for (const part of parts) {
      whole.set(part, offset)
      offset += part.length
    }
    return whole
  }

  /** What `speak` would say, in espeak's own IPA. */
  phonemes(request: EspeakRequest): string {
    this.#set(request)
    return this.#worker.synthesize_ipa(request.text).ipa.trim()
  }

  #set({ text, espeakVoice, variant, wordsPerMinute }: EspeakRequest): void {
    assert(Buffer.byteLength(text) <= MAX_TEXT_BYTES, 'text is given to espeak in pieces')
    this.#restore()
    this.#module.FS.writeFile(VARIANT_PATH, `language variant\nname ${VARIANT_NAME}\n${variant}\n`)
    this.#worker.set_voice(`${espeakVoice}+${VARIANT_NAME}`, '')
    this.#worker.set_rate(Math.round(wordsPerMinute))
    this.#worker.set_volume(VOLUME_PERCENT)
  }

  #restore(): void {
    this.#module.HEAPU8.set(this.#freshMemory)
    this.#module.HEAPU8.fill(0, this.#freshMemory.length)
  }
}

/** Loads espeak with its data, about 25 MB from disk, in some 100 ms. */
export const openEspeak = async (): Promise<Espeak> => {
  // @ts-expect-error the package brings no types; its part that is used is written down above
  const { default: openModule }: { default: OpenEspeakModule } = await import('@echogarden/espeak-ng-emscripten')
  // espeak complains about the languages of its data files on every load; none of that concerns a person.
  const ignore = (): void => undefined
  return new Espeak(await openModule({ print: ignore, printErr: ignore }))
}
