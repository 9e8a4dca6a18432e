import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createProject, editProject, listProjects, loadProject, openLibrary } from '../src/main/library/index.ts'
import { orderedLines, type ProjectRecord, recordsOfProject } from '../src/shared/project/index.ts'
import { aProject, countingMint } from '../test/support/a-project.ts'

/** Milliseconds to write one edited line, and to read and write a whole book, in a project of 10,000 lines. */
const LINES = 10_000
const EDITS = 1_500

const directory = mkdtempSync(path.join(tmpdir(), 'cosy-bench-'))
let nowEpochMs = 1_700_000_000_000
const library = openLibrary({ directory, nowEpochMs: () => (nowEpochMs += 10), mint: countingMint() })

const timed = <Result>(action: () => Result): { result: Result; tookMs: number } => {
  const startedMs = performance.now()
  const result = action()
  return { result, tookMs: performance.now() - startedMs }
}
const round = (ms: number): number => Math.round(ms * 1000) / 1000

const project = aProject({ lines: LINES, chapters: 100 })
const lines = orderedLines(project).map((line) => ({
  ...line,
  text: `${line.text} ${'夜色里的船慢慢靠岸。'.repeat(4)}`,
}))
const records: ProjectRecord[] = [...recordsOfProject({ ...project, lines: new Map() }), ...lines]
const create = timed(() => createProject(library.db, records))
const projectId = create.result

const edits: number[] = []
for (let count = 0; count < EDITS; count++) {
  const line = lines[(count * 7919) % LINES]
  if (!line) continue
  const edit = { put: [{ ...line, text: `${line.text} ${count}` }], remove: [] }
  edits.push(timed(() => editProject(library.db, { projectId, edit, label: 'line.edit', coalesceKey: null })).tookMs)
}
edits.sort((a, b) => a - b)
const percentile = (share: number): number => round(edits[Math.floor((edits.length - 1) * share)] ?? Number.NaN)

const load = timed(() => loadProject(library.db, projectId))
const list = timed(() => listProjects(library.db))
const everything = timed(() =>
  editProject(library.db, {
    projectId,
    edit: { put: lines.map((line) => ({ ...line, text: 'Again.' })), remove: [] },
    label: 'script.replace',
    coalesceKey: null,
  }),
)

console.log(
  JSON.stringify({
    lines: LINES,
    editLineP50Ms: percentile(0.5),
    editLineP95Ms: percentile(0.95),
    createProjectMs: round(create.tookMs),
    loadProjectMs: round(load.tookMs),
    listProjectsMs: round(list.tookMs),
    editEveryLineMs: round(everything.tookMs),
  }),
)
library.close()
rmSync(directory, { recursive: true })
