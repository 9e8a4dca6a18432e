import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { z } from 'zod'

// Lists every package that reaches a user, from the lockfile, so that the list is the same on every machine.
// `--write` writes THIRD-PARTY-NOTICES.md; without it the file is compared and the exit code tells.

const root = path.resolve(import.meta.dirname, '..')
const target = path.join(root, 'THIRD-PARTY-NOTICES.md')

const lockSchema = z.object({
  packages: z.record(
    z.string(),
    z.object({
      version: z.string().optional(),
      license: z.string().optional(),
      dev: z.boolean().optional(),
      link: z.boolean().optional(),
    }),
  ),
})

/** Licences that packages state in their files rather than in the lockfile. */
const statedLicense = (location: string): string => {
  const manifest = path.join(root, location, 'package.json')
  if (!existsSync(manifest)) return 'see package'
  const { license, licenses } = z
    .object({ license: z.string().optional(), licenses: z.array(z.object({ type: z.string() })).optional() })
    .parse(JSON.parse(readFileSync(manifest, 'utf8')))
  return license ?? licenses?.map(({ type }) => type).join(' OR ') ?? 'see package'
}

/** Facts about the packages that their licence field does not tell. */
const REMARKS: Readonly<Record<string, string>> = {
  'node-av':
    'The package is MIT; the FFmpeg it carries is built with --enable-gpl --enable-version3 and is GPL-3.0-or-later.',
  '@echogarden/espeak-ng-emscripten': 'Contains eSpeak NG and its data, GPL-3.0-or-later.',
  'lindera-wasm-nodejs-ipadic':
    'Contains the IPADIC dictionary of the Nara Institute of Science and Technology, under its own BSD-like licence.',
  naudiodon: 'Contains PortAudio, MIT.',
  electron: 'Contains Chromium and Node.js; their notices are in LICENSES.chromium.html beside the binary.',
}

const notices = (): string => {
  const { packages } = lockSchema.parse(JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8')))
  const rows = Object.entries(packages)
    .filter(([location, entry]) => location.startsWith('node_modules/') && !entry.dev && !entry.link)
    .map(([location, entry]) => ({
      name: location.slice(location.lastIndexOf('node_modules/') + 'node_modules/'.length),
      version: entry.version ?? '',
      license: entry.license ?? statedLicense(location),
    }))
  const unique = new Map(rows.map((row) => [`${row.name}@${row.version}`, row]))
  const sorted = [...unique.values()].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
  const remarks = Object.entries(REMARKS).map(([name, remark]) => `- **${name}**: ${remark}`)
  return [
    '# Third-party notices',
    '',
    'Cosy Studio is made with these packages. Each carries its licence text in its own folder under `node_modules`.',
    'This list is generated from the dependency tree by `npm run notices`.',
    '',
    ...remarks,
    '',
    '| package | version | licence |',
    '|---|---|---|',
    ...sorted.map(({ name, version, license }) => `| ${name} | ${version} | ${license} |`),
    '',
  ].join('\n')
}

const text = notices()
if (process.argv.includes('--write')) writeFileSync(target, text)
else if (!existsSync(target) || readFileSync(target, 'utf8') !== text) {
  console.error('THIRD-PARTY-NOTICES.md is out of date: run `npm run notices`')
  process.exitCode = 1
}
