import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { chromium, type Page } from 'playwright'
import { CHROMIUM_ARGS } from './chromium-args.ts'
import { serveRenderer } from './serve-renderer.ts'

type Look = { name: string; query: string; act?: (page: Page) => Promise<void> }

const openFirst = (page: Page) => page.getByTestId('project-card').first().getByRole('button').first().click()
const openProject = async (page: Page): Promise<void> => {
  await openFirst(page)
  await page.getByTestId('line-row').first().waitFor()
  await page.getByTestId('script-facts').waitFor()
  await page.waitForTimeout(400)
}
const chooseLine = async (page: Page, number: number): Promise<void> => {
  await page
    .getByTestId('line-row')
    .nth(number - 1)
    .locator('[data-drag-handle]')
    .click()
}

const openVoices = async (page: Page): Promise<void> => {
  await page.locator('[data-action="voices.open"]').first().click()
  await page.getByTestId('page-voices').getByRole('searchbox').waitFor()
}
const chooseRecording = async (page: Page): Promise<void> => {
  await openVoices(page)
  await page.getByTestId('page-voices').getByRole('button').first().click()
  await page.getByTestId('page-voices').locator('[data-testid=recording-report], [data-error]').first().waitFor()
}

const openPage =
  (page: 'models' | 'engines') =>
  async (window: Page): Promise<void> => {
    await window.locator(`[data-action="${page}.open"]`).first().click()
    await window.getByTestId(`page-${page}`).locator('h3').first().waitFor()
    await window.waitForTimeout(300)
  }
const openInstall = async (page: Page): Promise<void> => {
  await openPage('models')(page)
  await page.getByTestId('available-model').first().getByRole('button').last().click()
  await page.getByTestId('install-form').waitFor()
}
const openSettings = async (page: Page): Promise<void> => {
  await page.keyboard.press('Control+,')
  await page.getByTestId('models-folder').scrollIntoViewIfNeeded()
}

const openCuda = async (page: Page): Promise<void> => {
  await page.locator('[data-action="engines.open"]').first().click()
  await page.getByTestId('cuda-libraries').scrollIntoViewIfNeeded()
}
const fetchCuda = async (page: Page): Promise<void> => {
  await openCuda(page)
  await page.getByTestId('cuda-libraries').getByRole('button').first().click()
  await page.getByTestId('fetch-cuda-form').waitFor()
}
/** Accepts the licence, and waits until the libraries are that far. */
const fetchCudaUntil =
  (phase: string) =>
  async (page: Page): Promise<void> => {
    await fetchCuda(page)
    await page.locator('dialog [type=submit]').click()
    await page.locator(`[data-testid=cuda-libraries][data-phase=${phase}]`).waitFor()
    await page.getByTestId('cuda-libraries').scrollIntoViewIfNeeded()
  }
const installCuda = async (page: Page): Promise<void> => {
  await fetchCudaUntil('confirming')(page)
  await page.getByTestId('confirm-cuda').getByRole('button').nth(1).click()
  await page.locator('[data-testid=cuda-libraries][data-phase=installed]').waitFor()
}

const LOOKS: readonly Look[] = [
  { name: 'home-empty', query: 'home=empty' },
  { name: 'home-dark-zh', query: 'theme=dark&lang=zh' },
  {
    name: 'window',
    query: 'failing=3',
    act: async (page) => {
      await openProject(page)
      await chooseLine(page, 2)
      await page.waitForTimeout(300)
    },
  },
  {
    name: 'window-dark-zh',
    query: 'failing=3&theme=dark&lang=zh',
    act: async (page) => {
      await openProject(page)
      await chooseLine(page, 2)
      await page.waitForTimeout(300)
    },
  },
  {
    name: 'editing',
    query: '',
    act: async (page) => {
      await openProject(page)
      await page.getByTestId('line-text').nth(2).click()
      await page.keyboard.type('还有一句。')
      await page.waitForTimeout(500)
    },
  },
  { name: 'project-inspector', query: 'rendered=0', act: openProject },
  {
    name: 'cast',
    query: 'lang=zh',
    act: async (page) => {
      await openProject(page)
      await page.getByRole('tab').nth(1).click()
      await page.getByTestId('character-card').nth(1).getByRole('button').nth(1).click()
      await page.waitForTimeout(200)
    },
  },
  {
    name: 'queue',
    query: 'rendered=0&failing=3',
    act: async (page) => {
      await openProject(page)
      await page.getByRole('tab').nth(2).click()
      await page.locator('[data-action="render.project"]').click()
      await page.waitForTimeout(1500)
    },
  },
  {
    name: 'export',
    query: '',
    act: async (page) => {
      await openProject(page)
      await page.keyboard.press('Control+e')
      await page.getByTestId('format-mp3').getByRole('checkbox').check()
      await page.getByTestId('format-opus').getByRole('checkbox').check()
      await page.waitForTimeout(200)
    },
  },
  {
    name: 'export-done-dark',
    query: 'theme=dark',
    act: async (page) => {
      await openProject(page)
      await page.keyboard.press('Control+e')
      await page
        .getByRole('dialog')
        .getByRole('button', { name: /Export 1 file/ })
        .click()
      await page.getByTestId('export-result').waitFor()
    },
  },
  {
    name: 'import',
    query: '',
    act: async (page) => {
      await openProject(page)
      await page.keyboard.press('Control+i')
      await page
        .getByRole('dialog')
        .locator('textarea')
        .fill('第一章\n\n林晚：你来了。\n老周：来了。\n雨还在下。\n注意：这不是人名。\n')
      await page.getByRole('button', { name: 'Use this text' }).click()
      await page.getByTestId('import-preview').waitFor()
    },
  },
  {
    name: 'settings-zh',
    query: 'lang=zh&fallback=1',
    act: async (page) => {
      await openProject(page)
      await page.keyboard.press('Control+,')
      await page.waitForTimeout(300)
    },
  },
  {
    name: 'shortcuts',
    query: '',
    act: async (page) => {
      await openProject(page)
      await page.keyboard.press('?')
      await page.waitForTimeout(300)
    },
  },
  {
    name: 'too-long',
    query: 'theme=dark',
    act: async (page) => {
      await openProject(page)
      await page.getByTestId('line-text').nth(1).click()
      await page.getByTestId('line-editor').fill(`${'这一句太长了，需要拆开。'.repeat(350)}`)
      await page.waitForTimeout(500)
      await page.getByTestId('script-list').evaluate((list) => list.scrollTo(0, 0))
      await page.waitForTimeout(300)
    },
  },
  {
    name: 'many-selected-small',
    query: 'lang=en',
    act: async (page) => {
      await page.setViewportSize({ width: 960, height: 620 })
      await openProject(page)
      await chooseLine(page, 2)
      await page.keyboard.press('Shift+ArrowDown')
      await page.keyboard.press('Shift+ArrowDown')
      await page.waitForTimeout(200)
    },
  },
  {
    name: 'playing',
    query: 'theme=dark&lang=zh',
    act: async (page) => {
      await openProject(page)
      await chooseLine(page, 5)
      await page.keyboard.press('Shift+Space')
      await page.waitForTimeout(1800)
    },
  },
  {
    name: 'removed-collapsed',
    query: '',
    act: async (page) => {
      await openProject(page)
      await chooseLine(page, 2)
      await page.keyboard.press('Delete')
      await page.keyboard.press('Control+t')
      await page.locator('[data-testid=chapter-row]').nth(1).click()
      await page.waitForTimeout(300)
    },
  },
  {
    name: 'filtered-error',
    query: 'failing=3',
    act: async (page) => {
      await openProject(page)
      await page.locator('[data-filter=failed]').click()
      await page.keyboard.press('Control+i')
      await page
        .getByRole('dialog')
        .locator('textarea')
        .fill(`第一章\n\n${'太长。'.repeat(1500)}`)
      await page.getByRole('button', { name: 'Use this text' }).click()
      await page.getByTestId('import-preview').waitFor()
    },
  },
  {
    name: 'empty-project',
    query: 'lines=0&lang=zh',
    act: async (page) => {
      await openFirst(page)
      await page.getByTestId('project-window').waitFor()
      await page.waitForTimeout(300)
    },
  },
  { name: 'cuda-offered', query: 'devices=installable', act: openCuda },
  { name: 'cuda-licence', query: 'devices=installable', act: fetchCuda },
  { name: 'cuda-licence-dark-zh', query: 'devices=installable&theme=dark&lang=zh', act: fetchCuda },
  {
    name: 'cuda-fetching-dark',
    query: 'devices=installable&theme=dark',
    act: async (page) => {
      await fetchCudaUntil('fetching')(page)
      await page.waitForTimeout(800)
    },
  },
  { name: 'cuda-confirm', query: 'devices=installable', act: fetchCudaUntil('confirming') },
  {
    name: 'cuda-confirm-dark-zh',
    query: 'devices=installable&theme=dark&lang=zh',
    act: fetchCudaUntil('confirming'),
  },
  {
    name: 'cuda-confirm-small',
    query: 'devices=installable',
    act: async (page) => {
      await page.setViewportSize({ width: 960, height: 620 })
      await fetchCudaUntil('confirming')(page)
    },
  },
  { name: 'cuda-failed', query: 'devices=installable-fails', act: fetchCudaUntil('failed') },
  { name: 'cuda-installed', query: 'devices=installable', act: installCuda },
  {
    name: 'cuda-remove-dark-zh',
    query: 'devices=installed&theme=dark&lang=zh',
    act: async (page) => {
      await openCuda(page)
      await page.getByTestId('cuda-libraries').getByRole('button').last().click()
    },
  },
  { name: 'models', query: 'models=some', act: openPage('models') },
  { name: 'models-dark-zh', query: 'models=some&theme=dark&lang=zh', act: openPage('models') },
  { name: 'models-damaged', query: 'models=damaged', act: openPage('models') },
  { name: 'models-damaged-dark-zh', query: 'models=damaged&theme=dark&lang=zh', act: openPage('models') },
  { name: 'models-install', query: '', act: openInstall },
  { name: 'models-install-dark-zh', query: 'theme=dark&lang=zh', act: openInstall },
  {
    name: 'models-import',
    query: '',
    act: async (page) => {
      await openPage('models')(page)
      await page.getByRole('button', { name: /^Import a folder/ }).click()
      await page.getByRole('radio').first().waitFor()
    },
  },
  {
    name: 'models-at-work',
    query: 'models=some',
    act: async (page) => {
      await openInstall(page)
      await page.locator('dialog [type=submit]').click()
      await page.getByTestId('model-task').waitFor()
      await page.waitForTimeout(800)
    },
  },
  { name: 'engines', query: 'trial', act: openPage('engines') },
  { name: 'engines-dark-zh', query: 'trial&theme=dark&lang=zh', act: openPage('engines') },
  {
    name: 'engines-devices',
    query: 'devices=tested',
    act: async (page) => {
      await openPage('engines')(page)
      await page.getByTestId('lacking-devices').getByRole('button').click()
    },
  },
  { name: 'settings', query: '', act: openSettings },
  { name: 'settings-dark-zh', query: 'theme=dark&lang=zh', act: openSettings },
  {
    name: 'settings-models-elsewhere',
    query: '',
    act: async (page) => {
      await openSettings(page)
      await page.getByTestId('models-folder').locator('..').getByRole('button').click()
      await page.getByRole('button', { name: 'Usual folder' }).waitFor()
    },
  },
  { name: 'new-project', query: 'home=empty&lang=zh', act: (page) => page.keyboard.press('Control+n') },
  { name: 'voices-empty', query: 'voices=none', act: openVoices },
  {
    name: 'voices-full-dark-zh',
    query: 'voices=full&theme=dark&lang=zh',
    act: async (page) => {
      await openProject(page)
      await openVoices(page)
    },
  },
  {
    name: 'voices-in-use',
    query: 'voices=full',
    act: async (page) => {
      await openVoices(page)
      await page.getByRole('button', { name: 'Delete 林晚', exact: true }).click()
      await page.getByRole('alertdialog').getByRole('button').first().click()
      await page.locator('[data-error]').waitFor()
      await page.getByRole('button', { name: 'Delete Grandmother', exact: true }).click()
    },
  },
  { name: 'voices-new', query: '', act: chooseRecording },
  {
    name: 'voices-advice-zh',
    query: 'recording=advice&lang=zh',
    act: async (page) => {
      await chooseRecording(page)
      await page.getByTestId('voice-form').locator('textarea').first().fill('夜色渐深，城里的灯一盏盏亮起来。')
    },
  },
  { name: 'voices-advice-dark', query: 'recording=advice&theme=dark', act: chooseRecording },
  { name: 'voices-problem', query: 'recording=long', act: chooseRecording },
  { name: 'voices-problem-dark-zh', query: 'recording=silent&theme=dark&lang=zh', act: chooseRecording },
  { name: 'voices-unreadable', query: 'recording=unreadable', act: chooseRecording },
  {
    name: 'voices-not-saved',
    query: 'voices=full-disk',
    act: async (page) => {
      await page.setViewportSize({ width: 960, height: 620 })
      await chooseRecording(page)
      await page.getByTestId('voice-form').locator('[type=submit]').click()
      await page.locator('[data-error]').waitFor()
      await page.locator('[data-error]').scrollIntoViewIfNeeded()
    },
  },
  {
    name: 'voices-edit',
    query: 'voices=full',
    act: async (page) => {
      await openVoices(page)
      await page.getByTestId('voice-row').first().getByRole('button').first().click()
      await page.getByTestId('voice-form').locator('textarea').first().fill('Other words.')
    },
  },
  {
    name: 'voices-created',
    query: '',
    act: async (page) => {
      await chooseRecording(page)
      await page.getByTestId('voice-form').locator('[type=submit]').click()
      await page.getByTestId('page-voices').getByRole('status').waitFor()
    },
  },
  {
    name: 'voices-none-match',
    query: 'theme=dark',
    act: async (page) => {
      await openVoices(page)
      await page.getByTestId('page-voices').getByRole('searchbox').fill('zz')
    },
  },
  {
    name: 'full',
    query: 'lines=10000&chapters=40&rendered=0.9',
    act: async (page) => {
      await openProject(page)
      await chooseLine(page, 5)
      await page.keyboard.press('End')
      await page.waitForTimeout(1200)
    },
  },
]

const looksOf = (name: string, query: string, act: Look['act'], others: readonly string[] = ['dark-zh']): Look[] => [
  { name, query, ...(act && { act }) },
  ...others.map((other) => ({
    name: `${name}-${other}`,
    query: `${query}&theme=${other.includes('dark') ? 'dark' : 'light'}&lang=${other.includes('zh') ? 'zh' : 'en'}`,
    ...(act && { act }),
  })),
]
const openRemote = async (page: Page): Promise<void> => {
  await openPage('engines')(page)
  await page.getByTestId('remote-engines').scrollIntoViewIfNeeded()
}
const addEngine =
  (kind: number) =>
  async (page: Page): Promise<void> => {
    await openRemote(page)
    await page.getByTestId('remote-engines').locator('..').getByRole('button').first().click()
    await page.getByTestId('engine-kinds').waitFor()
    if (kind < 0) return
    await page.getByTestId('engine-kinds').getByRole('button').nth(kind).click()
    await page.getByTestId('engine-form').waitFor()
  }
const scrollTo = async (page: Page, testId: string): Promise<void> => {
  await page
    .getByTestId(testId)
    .first()
    .evaluate((element) => element.scrollIntoView({ block: 'start' }))
  await page.waitForTimeout(200)
}
/** The whole project speaks with the n-th engine and the voice of that name. */
const castElsewhere = async (page: Page, engine: string, voice: string): Promise<void> => {
  await openProject(page)
  await page.locator('[data-direction-field=engineId]').selectOption({ label: engine })
  await page.locator('[data-direction-field=voiceId]').selectOption({ label: voice })
}
const askToRender =
  (engine: string, voice: string) =>
  async (page: Page): Promise<void> => {
    await castElsewhere(page, engine, voice)
    await page.locator('[data-action="render.project"]').click()
    await page.getByTestId('sending-form').waitFor()
    await page.waitForTimeout(200)
  }

const REMOTE_LOOKS: readonly Look[] = [
  ...looksOf('remote-none', '', openRemote),
  ...looksOf('remote-list', 'remote=some', openRemote),
  ...looksOf('remote-usage', 'remote=some', async (page) => {
    await openRemote(page)
    await scrollTo(page, 'usage')
  }),
  ...looksOf('remote-remove', 'remote=some', async (page) => {
    await openRemote(page)
    await page.getByTestId('engine-openai-pool01').getByRole('button').last().click()
    await scrollTo(page, 'engine-openai-pool01')
  }),
  ...looksOf('remote-kinds', '', addEngine(-1)),
  ...looksOf('remote-dashscope', '', addEngine(0)),
  ...looksOf('remote-openai', '', addEngine(1)),
  ...looksOf('remote-eas', '', addEngine(2), []),
  ...looksOf('remote-server', '', addEngine(3), ['dark-zh']),
  ...looksOf('remote-runtime', '', addEngine(4), []),
  ...looksOf('remote-problems', 'vault=none', async (page) => {
    await addEngine(1)(page)
    const form = page.getByTestId('engine-form')
    await form.getByRole('combobox').first().selectOption('generic')
    await form.getByTestId('member-address').fill('studio.example')
    await form.getByTestId('member-key').fill('sk-123')
    await form.locator('[data-add-voice]').click()
    await page.locator('dialog [type=submit]').last().click()
    await page.waitForTimeout(200)
  }),
  ...looksOf('remote-edit-pool', 'remote=some', async (page) => {
    await openRemote(page)
    await page.getByTestId('engine-openai-pool01').getByRole('button').first().click()
    await scrollTo(page, 'member-fields')
  }),
  ...looksOf('remote-trial', 'remote=some', async (page) => {
    await openRemote(page)
    await page.getByTestId('engine-openai-pool01').getByRole('button').first().click()
    const form = page.getByTestId('engine-form')
    await form.getByTestId('member-address').nth(1).fill('http://gone.example/v1')
    await form.getByTestId('member-address').nth(2).fill('http://refuses.example/v1')
    await form.getByTestId('remote-trial').getByRole('button').first().click()
    await form.getByTestId('member-trial').nth(2).waitFor()
    await scrollTo(page, 'remote-trial')
  }),
  ...looksOf('remote-no-vault', 'vault=none', async (page) => {
    await addEngine(0)(page)
    const form = page.getByTestId('engine-form')
    await form.getByTestId('member-key').fill('sk-0123456789')
    await page.locator('dialog [type=submit]').last().click()
    await page.locator('dialog [data-error]').waitFor()
    await form.getByTestId('keep-in-file').scrollIntoViewIfNeeded()
  }),
  ...looksOf('sending', 'remote=some&rendered=0', askToRender('Bailian', 'longanyang')),
  ...looksOf('sending-allowed', 'remote=some&rendered=0&consent=given', askToRender('Bailian', 'longanyang'), []),
  ...looksOf('sending-pool', 'remote=some&rendered=0', askToRender('Studio pool', '林晚（录音）')),
  ...looksOf('sending-play', 'remote=some&rendered=0', async (page) => {
    await castElsewhere(page, 'Studio pool', 'Anna')
    await page.getByTestId('line-row').nth(1).getByRole('button').first().click()
    await page.getByTestId('sending-form').waitFor()
  }),
  ...looksOf('remote-rendered', 'remote=some&rendered=0&consent=given&lines=4', async (page) => {
    await castElsewhere(page, 'Studio pool', 'Anna')
    await page.locator('[data-action="render.project"]').click()
    await page.locator('[data-testid="line-row"][data-mark="ready"]').nth(2).waitFor()
    await chooseLine(page, 2)
    await page.getByTestId('take-warning').first().waitFor()
  }),
  ...looksOf('remote-no-directions', 'remote=some', async (page) => {
    await castElsewhere(page, 'Bailian', 'longanyang')
    await page.waitForTimeout(200)
  }),
  ...looksOf('offline', 'remote=some', async (page) => {
    await openProject(page)
    await page.keyboard.press('Control+,')
    await page.getByRole('dialog').getByRole('checkbox').check()
    await page.waitForTimeout(200)
  }),
  {
    name: 'remote-form-small',
    query: 'remote=some',
    act: async (page) => {
      await page.setViewportSize({ width: 960, height: 620 })
      await addEngine(0)(page)
    },
  },
]

const bailian = (page: Page) => page.getByTestId('copies-dashscope-abc123')
/** The copies of a recorded voice, of the one with that name. */
const openCopies = (name: string) => async (page: Page) => {
  await openVoices(page)
  await page
    .getByTestId('voice-row')
    .filter({ hasText: name })
    .locator('button:has(path[d^="M4.6 12.5"])')
    .first()
    .click()
  await page.getByTestId('voice-copies').waitFor()
}
const askToCopy = async (page: Page): Promise<void> => {
  await openCopies('录音')(page)
  await bailian(page).getByRole('button').last().click()
  await page.getByTestId('copy-form').getByTestId('recording-report').waitFor()
}
const copyAll = async (page: Page): Promise<void> => {
  await askToCopy(page)
  await page.getByTestId('copy-form').getByRole('checkbox').last().check()
  await page.locator('dialog [type=submit]').last().click()
  await page.getByTestId('copy-running').waitFor()
}
const compare = async (page: Page): Promise<void> => {
  await openVoices(page)
  await page.getByTestId('page-voices').getByRole('button').nth(2).click()
  await page.getByTestId('compare-openai-pool01').getByRole('button').click()
  await page.getByTestId('compared-member').nth(2).waitFor()
  await page.getByTestId('adoptable').first().getByRole('button').first().click()
  await page.getByTestId('adoptable').first().getByRole('combobox').selectOption({ index: 1 })
  await page.waitForTimeout(300)
}
const design = async (page: Page): Promise<void> => {
  await openVoices(page)
  await page.getByTestId('page-voices').getByRole('button').nth(1).click()
  await page.getByTestId('design-form').waitFor()
}
const describe = async (page: Page): Promise<void> => {
  await design(page)
  const form = page.getByTestId('design-form')
  await form.getByRole('textbox').nth(0).fill('老船夫')
  await form.getByRole('textbox').nth(1).fill('沉稳的中年男声，低沉略带沙哑，语速偏慢，适合旁白。')
  await form.getByRole('textbox').nth(2).fill('夜色渐深，城里的灯一盏盏亮起来。')
  await form.locator('[type=submit]').click()
}
const pickForCast = async (page: Page): Promise<void> => {
  await openProject(page)
  await page.locator('[data-direction-field=engineId]').selectOption({ label: 'Bailian' })
  await page.getByRole('tab').nth(1).click()
  await page.getByTestId('character-voice').nth(1).click()
  await page.getByTestId('voice-picker').waitFor()
}

const VOICE_LOOKS: readonly Look[] = [
  ...looksOf('twins-list', 'remote=some&twins=some&voices=full', async (page) => {
    await openProject(page)
    await page.locator('[data-direction-field=engineId]').selectOption({ label: 'Bailian' })
    await openVoices(page)
  }),
  ...looksOf('twins-copies', 'remote=some&twins=some', openCopies('录音')),
  ...looksOf('twins-none', 'remote=some', openCopies('录音'), []),
  ...looksOf('twins-copy', 'remote=some', askToCopy),
  ...looksOf('twins-copy-problem', 'remote=some&recording=unfit', askToCopy),
  ...looksOf('twins-copy-advice', 'remote=some&recording=advice', askToCopy, ['zh']),
  ...looksOf('twins-running', 'remote=some', copyAll),
  ...looksOf(
    'twins-done',
    'remote=some',
    async (page) => {
      await copyAll(page)
      await page.locator('[data-testid=copies-dashscope-abc123][data-state=ready]').waitFor()
      await page.getByTestId('copy-running').waitFor({ state: 'detached' })
    },
    [],
  ),
  ...looksOf('twins-failed', 'remote=some&twins=fail', async (page) => {
    await copyAll(page)
    await bailian(page).locator('[data-error]').waitFor()
  }),
  ...looksOf('twins-remove', 'remote=some&twins=some', async (page) => {
    await openCopies('录音')(page)
    await bailian(page).getByTestId('copy').first().getByRole('button').click()
  }),
  ...looksOf('twins-compare', 'remote=some&twins=some&voices=full', compare),
  ...looksOf('design', 'remote=some', design),
  ...looksOf('design-problems', 'remote=some', async (page) => {
    await design(page)
    await page.getByTestId('design-form').locator('[type=submit]').click()
  }),
  ...looksOf('design-running', 'remote=some', async (page) => {
    await describe(page)
    await page.getByTestId('voice-preview').waitFor()
  }),
  ...looksOf('design-made', 'remote=some', async (page) => {
    await describe(page)
    await page.getByTestId('designed').waitFor()
  }),
  ...looksOf('design-failed', 'remote=some&design=fails', async (page) => {
    await describe(page)
    await page.locator('[data-error]').waitFor()
  }),
  ...looksOf('voices-hundreds', 'remote=some&voices=hundreds', async (page) => {
    await openVoices(page)
  }),
  ...looksOf('voices-hundreds-filtered', 'remote=some&voices=hundreds', async (page) => {
    await openVoices(page)
    const selects = page.getByTestId('page-voices').getByRole('combobox')
    await selects.nth(0).selectOption({ label: 'Bailian' })
    await page.getByTestId('page-voices').getByRole('searchbox').fill('long')
  }),
  ...looksOf('voice-picker', 'remote=some&voices=hundreds', pickForCast),
  ...looksOf('voice-picker-lacking', 'remote=some&voices=full', async (page) => {
    await pickForCast(page)
    await page.getByRole('combobox').first().fill('lin')
    await page.getByRole('combobox').first().fill('grand')
  }),
  ...looksOf('cast-elsewhere', 'remote=some&voices=full', async (page) => {
    await pickForCast(page)
    await page.getByTestId('voice-picker').getByRole('combobox').first().fill('grand')
    await page.keyboard.press('Enter')
    await page.waitForTimeout(200)
  }),
  ...looksOf('inspector-elsewhere', 'remote=some&voices=full', async (page) => {
    await openProject(page)
    await page.locator('[data-direction-field=engineId]').selectOption({ label: 'Bailian' })
    await page.locator('[data-direction-field=voiceId]').selectOption('voice_r1')
    await chooseLine(page, 2)
    await page.waitForTimeout(300)
  }),
]

/**
 * Takes pictures of the window in many states, for looking at them. `node look.ts <folder> [name ...]`
 * `LOOK_SIZE=1100x700` is the size of the window, `LOOK_AS='theme=dark&lang=zh'` how all of it looks.
 */
const [folder = 'window-looks', ...names] = process.argv.slice(2)
const [width = 1440, height = 900] = (process.env.LOOK_SIZE ?? '').split('x').flatMap((size) => Number(size) || [])
const as = process.env.LOOK_AS ?? ''
mkdirSync(folder, { recursive: true })
const served = await serveRenderer()
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: CHROMIUM_ARGS })
for (const { name, query, act } of [...LOOKS, ...REMOTE_LOOKS, ...VOICE_LOOKS].filter(
  (look) =>
    names.length === 0 ||
    names.some((name) => name === look.name || (name.endsWith('*') && look.name.startsWith(name.slice(0, -1)))),
)) {
  const page = await browser.newPage({ viewport: { width, height } })
  page.setDefaultTimeout(8000)
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') console.log(`${name}: ${message.text()}`)
  })
  page.on('pageerror', (error) => console.log(`${name}: ${error.stack}`))
  try {
    await page.goto(`${served.url}?${as}&${query}`)
    await page.locator('#root > *').first().waitFor()
    await act?.(page)
  } catch (error) {
    console.log(`${name}: ${error}`)
  }
  await page.screenshot({ path: path.join(folder, `${name}.png`) })
  await page.close()
}
await browser.close()
await served.close()
