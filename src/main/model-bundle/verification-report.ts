import { z } from 'zod'

// JSON knows no NaN, and a conversion gone wrong may well measure one.
const nonFiniteSchema = z.enum(['NaN', 'Infinity', '-Infinity']).transform(Number)

const figureSchema = z.object({
  name: z.string(),
  measured: z.union([z.number(), nonFiniteSchema]),
  /** `measured` may be this much and no more. Without one the figure is for reading only. */
  threshold: z.exactOptional(z.number()),
})

/** `report.json`: how far each graph is from fp32 on the same inputs. */
export const verificationReportSchema = z.object({
  graphs: z.array(z.object({ graph: z.string(), figures: z.array(figureSchema) })),
})
export type VerificationReport = z.output<typeof verificationReportSchema>
/** Figures of one graph against fp32 on the same inputs. */
export type GraphVerification = VerificationReport['graphs'][number]
export type VerificationFigure = GraphVerification['figures'][number]

/** JSON text that `verificationReportSchema` reads back, also figures that are no number. */
export const verificationReportJson = (report: VerificationReport, indent?: number): string =>
  JSON.stringify(
    report,
    (_key, value: unknown) => (typeof value === 'number' && !Number.isFinite(value) ? String(value) : value),
    indent,
  )
