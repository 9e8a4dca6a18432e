import type { RenderEstimate } from '../../shared/endpoint/index.ts'
import type { ProjectId, VoiceId } from '../../shared/kernel/index.ts'
import type { Studio } from '../studio/index.ts'
import { amountWords, durationWords, moneyWords } from './money-words.ts'
import type { Reporter } from './reporter.ts'

const shareWords = ({ baseUrl, lines }: RenderEstimate['shares'][number]): string =>
  `  ${baseUrl}: about ${amountWords(Math.round(lines), 'line')}`

const estimateWords = (estimate: RenderEstimate): string => {
  const { engineName, lines, units, cost, spentThisMonth, monthlyLimit, expectedSec, shares } = estimate
  const facts = [
    `${amountWords(lines, 'line')} by ${engineName}`,
    `${units} units`,
    cost ? moneyWords(cost) : 'its price is not known',
    ...(expectedSec === null ? [] : [`about ${durationWords(expectedSec)}`]),
    ...(spentThisMonth && monthlyLimit !== null
      ? [`${moneyWords(spentThisMonth)} of ${moneyWords({ ...spentThisMonth, amount: monthlyLimit })} spent this month`]
      : []),
  ]
  return [facts.join(', '), ...(shares.length > 1 ? shares.map(shareWords) : [])].join('\n')
}

/**
 * Says what rendering a project would send elsewhere, and cost.
 * @param allowsSending the person said that what it needs may be sent
 */
export const sayEstimates = (
  studio: Studio,
  projectId: ProjectId,
  { allowsSending }: { allowsSending: boolean },
  reporter: Reporter,
): void => {
  for (const estimate of studio.estimate(projectId, { kind: 'project' })) {
    reporter.say('estimate', estimate, estimateWords(estimate))
    for (const { subjectId, kind } of allowsSending ? estimate.needsConsent : [])
      studio.remote.giveConsent(kind === 'text' ? projectId : (subjectId as VoiceId), estimate.engineId)
  }
}

/** Says what was billed for a project since then. */
export const sayCosts = (studio: Studio, projectId: ProjectId, sinceEpochMs: number, reporter: Reporter): void => {
  for (const sum of studio.remote.ledger.usage(sinceEpochMs, Date.now() + 1)) {
    if (sum.projectId !== projectId) continue
    const cost = sum.cost ? `, ${moneyWords(sum.cost)}` : ''
    reporter.say('billed', sum, `${sum.engineName}: ${amountWords(sum.pieces, 'piece')}, ${sum.units} units${cost}`)
  }
}
