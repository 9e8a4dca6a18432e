import type { FileHandle } from 'node:fs/promises'

/** Everything in a tar file comes in blocks of this. */
export const TAR_BLOCK_BYTES = 512

export type TarEntry = {
  readonly name: string
  readonly sizeBytes: number
  readonly kind: 'file' | 'folder' | 'other'
  /** Where its content begins. */
  readonly offsetBytes: number
}

const NAME_BYTES = 100
/** Eleven octal digits. */
const MAX_FILE_BYTES = 8 ** 11 - 1

const octal = (value: number, digits: number): string => `${value.toString(8).padStart(digits, '0')}\0`

/**
 * The block before a file's content. It holds no dates and no names of people: the same files make the same bytes.
 * @throws Error for names and sizes that need extensions, which no model has
 * @source POSIX.1-1988 ustar
 */
export const tarHeader = (name: string, sizeBytes: number): Uint8Array => {
  const block = Buffer.alloc(TAR_BLOCK_BYTES)
  if (Buffer.byteLength(name) >= NAME_BYTES || sizeBytes > MAX_FILE_BYTES) throw new Error(`${name} does not fit a tar`)
  block.write(name, 0)
  block.write(octal(0o644, 7), 100)
  block.write(octal(0, 7), 108)
  block.write(octal(0, 7), 116)
  block.write(octal(sizeBytes, 11), 124)
  block.write(octal(0, 11), 136)
  block.write('0', 156)
  block.write('ustar\x0000', 257)
  block.write(`${octal(checksumOf(block), 6)} `, 148)
  return block
}

/** Zeros that fill the last block of a file's content. */
export const tarPadding = (sizeBytes: number): Uint8Array =>
  new Uint8Array((TAR_BLOCK_BYTES - (sizeBytes % TAR_BLOCK_BYTES)) % TAR_BLOCK_BYTES)

/** Two empty blocks. */
export const tarEnd = (): Uint8Array => new Uint8Array(2 * TAR_BLOCK_BYTES)

/** The sum of all bytes, its own place taken for spaces. */
const checksumOf = (block: Uint8Array): number =>
  block.reduce((sum, byte, index) => sum + (index >= 148 && index < 156 ? 0x20 : byte), 0)

const textAt = (block: Buffer, from: number, length: number): string => {
  const text = block.toString('utf8', from, from + length)
  return text.split('\0', 1)[0] ?? ''
}

const numberAt = (block: Buffer, from: number, length: number): number => {
  const text = textAt(block, from, length).trim()
  return /^[0-7]+$/.test(text) ? Number.parseInt(text, 8) : Number.NaN
}

/**
 * What is in a tar file, in order. Extended headers of other programs (pax, GNU) are passed over.
 * @returns undefined as the last entry where the file is no tar, or ends before its end
 */
export async function* readTar(handle: FileHandle, fileBytes: number): AsyncGenerator<TarEntry | undefined> {
  const block = Buffer.alloc(TAR_BLOCK_BYTES)
  for (let at = 0; ; ) {
    const { bytesRead } = await handle.read(block, 0, TAR_BLOCK_BYTES, at)
    if (bytesRead === TAR_BLOCK_BYTES && block.every((byte) => byte === 0)) return
    const sizeBytes = numberAt(block, 124, 12)
    const offsetBytes = at + TAR_BLOCK_BYTES
    const isHeader = bytesRead === TAR_BLOCK_BYTES && numberAt(block, 148, 8) === checksumOf(block)
    if (!isHeader || Number.isNaN(sizeBytes) || offsetBytes + sizeBytes > fileBytes) {
      yield undefined
      return
    }
    const type = textAt(block, 156, 1)
    if (!['x', 'g', 'L', 'K'].includes(type)) {
      const prefix = textAt(block, 257, 5) === 'ustar' ? textAt(block, 345, 155) : ''
      const name = `${prefix === '' ? '' : `${prefix}/`}${textAt(block, 0, NAME_BYTES)}`
      yield {
        name,
        sizeBytes,
        offsetBytes,
        kind: ['', '0'].includes(type) ? 'file' : type === '5' ? 'folder' : 'other',
      }
    }
    at = offsetBytes + Math.ceil(sizeBytes / TAR_BLOCK_BYTES) * TAR_BLOCK_BYTES
  }
}
