import { crc32, deflateRawSync } from 'node:zlib'
import { CUDA_LIBRARIES } from '../../src/main/cosyvoice/index.ts'

type Packing = {
  isDeflated?: boolean
  /** What the archive says of the size of each file. */
  statedBytes?: number
}

/** A zip archive. @source PKWARE APPNOTE.TXT 4.3 */
const zipOf = (files: Readonly<Record<string, Buffer>>, { isDeflated = true, statedBytes }: Packing): Buffer => {
  const local: Buffer[] = []
  const central: Buffer[] = []
  let at = 0
  for (const [name, data] of Object.entries(files)) {
    const packed = isDeflated ? deflateRawSync(data) : data
    const common = Buffer.alloc(26)
    common.writeUInt16LE(20, 0)
    common.writeUInt16LE(isDeflated ? 8 : 0, 4)
    common.writeUInt32LE(crc32(data), 10)
    common.writeUInt32LE(packed.length, 14)
    common.writeUInt32LE(statedBytes ?? data.length, 18)
    common.writeUInt16LE(name.length, 22)
    const head = Buffer.concat([Buffer.from('PK\x03\x04'), common, Buffer.from(name)])
    const rest = Buffer.alloc(14)
    rest.writeUInt32LE(at, 10)
    central.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x00'), common, rest, Buffer.from(name)]))
    local.push(head, packed)
    at += head.length + packed.length
  }
  const directory = Buffer.concat(central)
  const end = Buffer.alloc(18)
  end.writeUInt16LE(central.length, 4)
  end.writeUInt16LE(central.length, 6)
  end.writeUInt32LE(directory.length, 8)
  end.writeUInt32LE(at, 12)
  return Buffer.concat([...local, directory, Buffer.from('PK\x05\x06'), end])
}
/** What a library of the package holds. */
export const libraryContent = (file: string): Buffer => Buffer.alloc(50_000, `${file} `)

/** A package like the one with the libraries for CUDA, but small. */
export const aCudaPackage = (files: readonly string[] = CUDA_LIBRARIES.files, packing: Packing = {}): Buffer =>
  zipOf(
    Object.fromEntries([
      ['licence.txt', Buffer.from('MIT')],
      ...files.map((file) => [CUDA_LIBRARIES.package.folder + file, libraryContent(file)]),
    ]),
    packing,
  )
