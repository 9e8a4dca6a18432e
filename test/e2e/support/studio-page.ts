import { expect, type Locator, type Page } from 'playwright/test'
import type { AppContract, CommandChannel, InputOf, OutputOf } from '../../../src/shared/contract/index.ts'
import type { ProjectId } from '../../../src/shared/kernel/index.ts'
import { scriptImportOptionsSchema } from '../../../src/shared/script/index.ts'

/** Asks main what the window could ask, by the window's own bridge. */
export const callMain = async <Channel extends CommandChannel<AppContract>>(
  page: Page,
  channel: Channel,
  input?: InputOf<AppContract, Channel>,
): Promise<OutputOf<AppContract, Channel>> => {
  const answer = await page.evaluate(async (message) => JSON.parse(await Reflect.get(window, 'cosy').call(message)), {
    channel,
    input,
  })
  if (!answer.ok) throw new Error(`${channel}: ${JSON.stringify(answer.error)}`)
  return answer.output
}

/** A project with this script, made without the window's dialogs. */
export const createProject = async (page: Page, title: string, script: string): Promise<ProjectId> => {
  const { projectId } = await callMain(page, 'project.create', { title })
  const bytes = [...new TextEncoder().encode(script)]
  const answer = await page.evaluate(
    async ({ projectId, name, bytes, options }) =>
      JSON.parse(
        await Reflect.get(window, 'cosy').call({
          channel: 'script.apply',
          input: {
            projectId,
            source: { kind: 'bytes', name, bytes: new Uint8Array(bytes) },
            options,
            placing: 'replace',
          },
        }),
      ),
    { projectId, name: `${title}.md`, bytes, options: scriptImportOptionsSchema.parse({}) },
  )
  if (!answer.ok) throw new Error(JSON.stringify(answer.error))
  return projectId
}

/** The project window, in the words of the person who uses it. */
export class StudioPage {
  readonly page: Page
  readonly home: Locator
  readonly window: Locator
  readonly list: Locator
  readonly rows: Locator
  readonly editor: Locator
  readonly queueButton: Locator
  readonly inspector: Locator

  constructor(page: Page) {
    this.page = page
    this.home = page.getByTestId('home')
    this.window = page.getByTestId('project-window')
    this.list = page.getByTestId('script-list')
    this.rows = page.getByTestId('line-row')
    this.editor = page.getByTestId('line-editor')
    this.queueButton = page.getByTestId('queue-button')
    this.inspector = page.getByTestId('inspector')
  }

  async open(title: string): Promise<void> {
    await this.page.getByTestId('project-card').getByRole('button', { name: title, exact: true }).click()
    await this.rows.first().waitFor()
  }

  /** Rows whose state is this, among those in view. */
  marked(mark: string): Locator {
    return this.page.locator(`[data-testid="line-row"][data-mark="${mark}"]`)
  }

  row(number: number): Locator {
    return this.rows.filter({ has: this.page.getByRole('gridcell', { name: String(number), exact: true }) })
  }

  async select(number: number): Promise<void> {
    await this.row(number)
      .getByRole('gridcell', { name: String(number), exact: true })
      .click()
  }

  /** Replaces the text of a line in view, as a person does. */
  async retype(number: number, text: string): Promise<void> {
    await this.row(number).getByTestId('line-text').click()
    await this.editor.fill(text)
    await this.page.keyboard.press('Escape')
  }
}

/** Waits until main's queue has nothing more to do. */
export const queueIsIdle = async (page: Page): Promise<void> => {
  await expect
    .poll(async () => (await callMain(page, 'queue.list')).jobs.filter(isBusy).length, { timeout: 120_000 })
    .toBe(0)
}

const isBusy = ({ status }: { status: string }): boolean => status === 'queued' || status === 'running'
