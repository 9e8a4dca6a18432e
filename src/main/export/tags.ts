import type { ExportTags } from '../../shared/audio/index.ts'

/** Tags as FFmpeg names them, without the empty ones. */
export const ffmpegTags = ({ title, author, album }: ExportTags): Record<string, string> =>
  Object.fromEntries(Object.entries({ title, artist: author, album }).filter(([, text]) => text !== ''))
