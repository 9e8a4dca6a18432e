import { type ElectronApplication, expect, type Locator, type Page } from 'playwright/test'
import type { StudioPage } from './studio-page.ts'

/** What the system's file dialogs answer from now on. */
export const chooseFile = (app: ElectronApplication, file: string): Promise<void> =>
  app.evaluate(({ dialog }, chosen) => {
    dialog.showOpenDialog = async () => ({ canceled: false, filePaths: [chosen] })
  }, file)

/** A field of the direction of what is selected, or of the project. */
export const directionField = (studio: StudioPage, field: 'engineId' | 'voiceId'): Locator =>
  studio.inspector.locator(`[data-direction-field="${field}"]`)

/**
 * Says which engine or voice is to speak.
 * @param origin the group that a voice stands in: those of two engines may have one name
 */
export const cast = async (
  studio: StudioPage,
  field: 'engineId' | 'voiceId',
  label: string,
  origin?: string,
): Promise<void> => {
  const select = directionField(studio, field)
  if (origin === undefined) {
    await select.selectOption({ label })
    return
  }
  const options = select.locator(`optgroup[label="${origin}"]`).getByRole('option', { name: label, exact: true })
  await select.selectOption(await options.getAttribute('value'))
}

/** The pages of engines and voices, in the words of the person who uses them. */
export class EnginePages {
  readonly page: Page
  readonly dialog: Locator
  readonly form: Locator
  readonly trial: Locator
  readonly sending: Locator

  constructor(page: Page) {
    this.page = page
    this.dialog = page.getByRole('dialog')
    this.form = page.getByTestId('engine-form')
    this.trial = this.form.getByTestId('member-trial')
    this.sending = page.getByTestId('sending-form')
  }

  /** From the page of engines. */
  async addEngine(kind: RegExp): Promise<void> {
    await this.dialog.getByRole('button', { name: 'Add engine…' }).click()
    await this.page.getByTestId('engine-kinds').getByRole('button', { name: kind }).click()
  }

  /** Types a key, and says that it may lie in a file where this computer has nothing better. */
  async enterKey(key: string): Promise<void> {
    await this.form.getByTestId('member-key').first().fill(key)
    // The question is there with the key, or never.
    const keep = this.form.getByTestId('keep-in-file').getByRole('checkbox')
    if ((await keep.count()) > 0) await keep.check()
  }

  /** Presses the button that ends the form which lies on top. */
  async submit(name: string): Promise<void> {
    await this.dialog.last().getByRole('button', { name, exact: true }).click()
  }

  /** The engine as its page shows it. */
  card(name: string): Locator {
    return this.page.locator('[data-remote]').filter({ hasText: name })
  }

  /** From the page of voices; the system's dialog answers with the recording. */
  async createVoice(name: string, transcript: string): Promise<void> {
    await this.dialog.getByRole('button', { name: /^New voice from a recording/ }).click()
    await this.dialog.getByLabel('Name').fill(name)
    await this.dialog.getByLabel('Transcript').fill(transcript)
    await this.dialog.getByRole('button', { name: 'Create voice' }).click()
    await expect(this.dialog.getByText(name, { exact: true })).toBeVisible()
  }

  async close(): Promise<void> {
    await this.dialog.getByRole('button', { name: 'Close', exact: true }).click()
    await expect(this.dialog).toHaveCount(0)
  }
}
