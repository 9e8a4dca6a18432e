import { expect, type Locator, type Page } from 'playwright/test'

/** More stops than any page of the app has. */
const MOST_STOPS = 120

/** Whether a person finds the focus: in view, on top, and drawn differently from what has none. */
const sight = (page: Page): Promise<string> =>
  page.evaluate(() => {
    const holder = document.activeElement
    // Between the last stop and the first one the focus is at the window's own frame.
    if (!holder || holder === document.body) return 'seen'
    // The timeline draws the focus of its clips on its canvas.
    if (holder.matches('[data-testid=clip-list][aria-activedescendant]')) return 'seen'
    const element = document.getElementById(holder.getAttribute('aria-activedescendant') ?? '') ?? holder
    const { outlineStyle, outlineWidth } = getComputedStyle(element)
    const html = element.outerHTML.slice(0, 160)
    if (outlineStyle === 'none' || Number.parseFloat(outlineWidth) < 1) return `without a ring: ${html}`
    const { left, top, width, height } = element.getBoundingClientRect()
    const above = document.elementFromPoint(left + width / 2, top + height / 2)
    return element.contains(above) ? 'seen' : `out of sight: ${html}`
  })

/** What has the focus, as somebody would have to look for it. */
const holder = (page: Page): Promise<string | undefined> =>
  page.evaluate(() => document.activeElement?.outerHTML.slice(0, 160))

const expectSeen = (page: Page): Promise<void> => expect.poll(() => sight(page)).toBe('seen')

/** A person who has no mouse: goes by Tab, and sees at every stop where the focus is. */
export class Keys {
  readonly page: Page

  constructor(page: Page) {
    this.page = page
  }

  async press(...keys: readonly string[]): Promise<void> {
    for (const key of keys) await this.page.keyboard.press(key)
  }

  /** Into the field that has the focus, in place of what is there. */
  async write(text: string): Promise<void> {
    await this.press('Control+a')
    await this.page.keyboard.insertText(text)
  }

  /** The focus is there, and is seen. */
  async isAt(control: Locator): Promise<void> {
    await expect
      .poll(async () =>
        (await control.and(this.page.locator(':focus')).count()) > 0 ? `${control}` : holder(this.page),
      )
      .toBe(`${control}`)
    await expectSeen(this.page)
  }

  /** Goes there over stops that are all seen; fails where that leads around without coming there. */
  async go(control: Locator, key: 'Tab' | 'Shift+Tab' = 'Tab'): Promise<void> {
    const wanted = control.and(this.page.locator(':focus'))
    for (let stops = 0; stops < MOST_STOPS; stops++) {
      await this.press(key)
      await expectSeen(this.page)
      if ((await wanted.count()) > 0) return
    }
    throw new Error(`${key} does not lead to ${control}`)
  }

  /** Goes to a button, or what else does something, and presses it. */
  async use(control: Locator, key: 'Tab' | 'Shift+Tab' = 'Tab'): Promise<void> {
    await this.go(control, key)
    await this.press('Enter')
  }
}
