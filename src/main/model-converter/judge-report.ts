import { AppError } from '../../shared/kernel/index.ts'
import {
  type VerificationFigure,
  type VerificationReport,
  verificationReportJson,
  verificationReportSchema,
} from '../model-bundle/index.ts'

/** How many times over its limit; a figure that is no number is beyond every limit. */
const excessOf = ({ measured, threshold }: VerificationFigure): number => {
  if (!Number.isFinite(measured)) return Number.POSITIVE_INFINITY
  return threshold === undefined || measured <= threshold ? 0 : measured / threshold
}

const readable = (value: number): number | string =>
  Number.isFinite(value) ? Number(value.toPrecision(4)) : String(value)

/**
 * Names the worst figure of a report that must not pass: above its threshold, or no finite number.
 * @returns AppError `model.verification-failed`, which carries the whole report (see `reportOfFailure`); undefined where
 *   every figure is good
 */
export const verificationFailure = (report: VerificationReport): AppError | undefined => {
  const figures = report.graphs.flatMap(({ graph, figures }) => figures.map((figure) => ({ graph, figure })))
  const most = Math.max(...figures.map(({ figure }) => excessOf(figure)))
  const worst = figures.find(({ figure }) => excessOf(figure) === most)
  if (worst === undefined || most === 0) return undefined
  const { name, measured, threshold } = worst.figure
  return new AppError('model.verification-failed', {
    params: {
      graph: worst.graph,
      figure: name,
      measured: readable(measured),
      threshold: threshold === undefined ? '< ∞' : readable(threshold),
      report: verificationReportJson(report),
    },
    remedies: ['choose-another-precision', 'report'],
  })
}

/** All the figures behind a `model.verification-failed`; undefined for any other error. */
export const reportOfFailure = (error: AppError): VerificationReport | undefined =>
  error.code === 'model.verification-failed' && typeof error.params.report === 'string'
    ? verificationReportSchema.parse(JSON.parse(error.params.report))
    : undefined
