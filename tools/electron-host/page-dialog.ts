/** A question over a window: a message, or a folder to choose from. */
export type PageQuestion = {
  title: string
  detail: string
  buttons: string[]
  /** The button Return stands for. */
  defaultButton: number
  /** The button Escape stands for. */
  cancelButton: number
  chooser?: {
    entries: { name: string; isFolder: boolean }[]
    /** Name in the field; null for a folder chooser, which has none. */
    name: string | null
  }
}

/** Which button, and what the field held; or the folder that was entered. */
export type PageAnswer = { button: number; name: string } | { entered: string }

/**
 * Asks in the window itself: a system dialog belongs to a toolkit the host does not have. Runs in the preload world,
 * sent there as source text, so it closes over nothing outside itself.
 */
export function askInPage(question: PageQuestion): Promise<PageAnswer> {
  const STYLE = `
    dialog { font: 14px/1.5 system-ui, sans-serif; color-scheme: light dark; color: CanvasText; background: Canvas;
      border: 1px solid GrayText; border-radius: 8px; padding: 20px; width: min(560px, 80vw); box-sizing: border-box; }
    dialog::backdrop { background: rgb(0 0 0 / 40%); }
    h1 { font-size: 15px; margin: 0 0 8px; }
    p { margin: 0 0 12px; overflow-wrap: anywhere; white-space: pre-wrap; }
    ul { list-style: none; margin: 0 0 12px; padding: 4px; height: 260px; overflow: auto; border: 1px solid GrayText; }
    li button { all: unset; display: block; width: 100%; padding: 2px 6px; box-sizing: border-box; }
    li button:is(:hover, :focus-visible) { background: Highlight; color: HighlightText; }
    input { font: inherit; width: 100%; box-sizing: border-box; margin: 0 0 12px; padding: 4px 6px; }
    footer { display: flex; justify-content: flex-end; gap: 8px; }
    footer button { font: inherit; padding: 4px 14px; }`

  const create = <Tag extends keyof HTMLElementTagNameMap>(
    tag: Tag,
    parent: HTMLElement,
    text = '',
  ): HTMLElementTagNameMap[Tag] => {
    const element = document.createElement(tag)
    element.textContent = text
    parent.append(element)
    return element
  }

  return new Promise((resolve) => {
    const holder = create('div', document.documentElement)
    const root = holder.attachShadow({ mode: 'open' })
    const sheet = new CSSStyleSheet()
    sheet.replaceSync(STYLE)
    root.adoptedStyleSheets = [sheet]
    const dialog = document.createElement('dialog')
    root.append(dialog)
    const finish = (answer: PageAnswer): void => {
      holder.remove()
      resolve(answer)
    }

    create('h1', dialog, question.title)
    create('p', dialog, question.detail)
    const { chooser } = question
    const list = chooser && create('ul', dialog)
    const field = chooser && chooser.name !== null ? create('input', dialog) : undefined
    if (field) field.value = chooser?.name ?? ''
    const press = (button: number): void => finish({ button, name: field?.value ?? '' })

    for (const { name, isFolder } of list ? (chooser?.entries ?? []) : []) {
      const entry = create('button', create('li', list as HTMLElement), isFolder ? `${name}/` : name)
      entry.addEventListener('click', () => {
        if (isFolder) finish({ entered: name })
        else if (field) field.value = name
      })
      entry.addEventListener('dblclick', () => press(question.defaultButton))
    }
    const footer = create('footer', dialog)
    question.buttons.forEach((label, button) => {
      const element = create('button', footer, label)
      element.autofocus = button === question.defaultButton && !field
      element.addEventListener('click', () => press(button))
    })
    field?.addEventListener('keydown', (event) => {
      if (event.key === 'Enter' && !event.isComposing) press(question.defaultButton)
    })
    // The app's own shortcuts must not act behind the dialog.
    dialog.addEventListener('keydown', (event) => event.stopPropagation())
    dialog.addEventListener('cancel', () => press(question.cancelButton))
    dialog.showModal()
    field?.focus()
    field?.select()
  })
}
