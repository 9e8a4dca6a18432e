/**
 * Why a model cannot be used, where that is a sentence of our own: `params.reason` of `model.*` and `checkpoint.*` errors. Each
 * has a text `reason.<name>` in every catalogue, which mentions further params. Whatever else is given as a reason, e.g. what
 * a library said, is shown as it is.
 */
export const REASONS = [
  'cannot-be-read',
  'checksum-differs',
  'compressed',
  'empty',
  'ends-early',
  'foreign-file',
  'git-lfs-pointer',
  'index-damaged',
  'mixed-versions',
  'no-checkpoint',
  'no-pack',
  'no-pytorch-archive',
  'no-tensors',
  'not-a-file',
  'not-as-written',
  'not-in-checkpoint',
  'not-json',
  'not-there',
  'old-pytorch',
  'size-differs',
  'tensor-damaged',
] as const
export type Reason = (typeof REASONS)[number]

export const isReason = (text: unknown): text is Reason => REASONS.some((reason) => reason === text)

/**
 * Why a request to an engine elsewhere failed, where that is a sentence of our own: `params.reason` of `cloud.*` errors, and the
 * params that its text `reason.<name>` mentions. Words of a server are `said`, with the words as their `detail`; elsewhere a
 * `detail` that may be missing is `none`.
 */
export const REMOTE_REASONS = {
  said: ['detail'],
  // Of what was asked
  'address-invalid': [],
  unsendable: [],
  'no-key': [],
  'key-invalid': [],
  'workspace-invalid': [],
  'no-text': [],
  'no-ssml': [],
  'ssml-without-root': [],
  'ssml-in-pieces': [],
  'too-many-characters': ['characters', 'limit'],
  'instruct-too-long': ['characters', 'limit'],
  'refused-by-voice': ['detail'],
  'http-beijing-only': [],
  'http-not-for-model': ['model'],
  'field-unfit': ['field'],
  'needs-generation': ['value', 'expected', 'found'],
  // Of voices and their recordings
  'no-recording': [],
  'no-transcript': [],
  'recording-too-large': ['limitMb'],
  'recording-format': ['allowed'],
  'recording-address': [],
  'designed-voice': [],
  'voice-name-invalid': [],
  'voice-not-listed': [],
  'voice-of-other-model': ['model'],
  'no-preset-voices': ['model'],
  'no-voices-for-model': ['model'],
  'beijing-only': ['model', 'detail'],
  'maybe-made': ['detail'],
  'upload-refused': ['detail'],
  'upload-unsafe': [],
  // Of what answers
  'no-runtime': [],
  'no-api-server': [],
  'server-version': ['version'],
  'model-not-loaded': ['model'],
  'task-gone': [],
  'check-address': ['detail'],
  redirected: ['value'],
  'http-status': ['status'],
  'no-words': [],
  'answer-unreadable': [],
  'answer-lacks': ['field'],
  endless: [],
  'ended-unfinished': [],
  closed: ['closeCode', 'detail'],
  // Of its sound
  'no-sound': [],
  'not-sound': [],
  'other-kind': ['found'],
  'sound-cut-short': [],
  'sound-undecodable': [],
  'sound-form': ['channels', 'bits'],
  'sample-rate': ['sampleRateHz'],
  'sample-rate-changes': [],
  'wav-header-damaged': [],
  'sound-not-fetched': ['status'],
  // Of the way there
  'stays-offline': [],
  'all-draining': [],
  'long-down': ['minutes'],
  'no-connection': ['seconds'],
  'no-answer': ['seconds'],
  'no-first-sound': ['seconds'],
  silent: ['seconds'],
  'took-longer': ['seconds'],
  'timed-out': ['systemCode'],
  'nothing-answers': ['systemCode'],
  'host-unknown': ['systemCode'],
  'host-unreachable': ['systemCode'],
  'no-network': ['systemCode'],
  'connection-broke': ['systemCode'],
  'certificate-expired': ['systemCode'],
  'certificate-wrong-host': ['systemCode'],
  'certificate-untrusted': ['systemCode'],
  'system-error': ['systemCode'],
} as const satisfies Readonly<Record<string, readonly string[]>>
export type RemoteReason = keyof typeof REMOTE_REASONS

export const isRemoteReason = (text: unknown): text is RemoteReason =>
  typeof text === 'string' && Object.hasOwn(REMOTE_REASONS, text)
