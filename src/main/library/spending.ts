import type { EngineId, ProjectId } from '../../shared/kernel/index.ts'
import { type ReadableDb, statement, type WritableDb } from './db.ts'

/** What was sent for one piece of a line, and what it costs. */
export type Spending = {
  readonly engineId: EngineId
  /** As it was called then. */
  readonly engineName: string
  readonly projectId: ProjectId | null
  /** As the service bills. */
  readonly units: number
  /** Null where no price was known. */
  readonly cost: { readonly amount: number; readonly currency: string } | null
  readonly requestId: string | null
}

type SpendingRow = {
  at_epoch_ms: number
  engine_id: EngineId
  engine_name: string
  project_id: ProjectId | null
  units: number
  cost_micros: number | null
  currency: string | null
  request_id: string | null
}

const MICROS = 1_000_000

const insertRow = statement<SpendingRow>(
  'spending.insert',
  `INSERT INTO spending (at_epoch_ms, engine_id, engine_name, project_id, units, cost_micros, currency, request_id)
   VALUES (@at_epoch_ms, @engine_id, @engine_name, @project_id, @units, @cost_micros, @currency, @request_id)`,
)

type SumRow = {
  engine_id: EngineId
  engine_name: string
  project_id: ProjectId | null
  currency: string | null
  units: number
  cost_micros: number | null
  pieces: number
}
const sumSpending = statement<{ fromEpochMs: number; untilEpochMs: number }, SumRow>(
  'spending.sum',
  `SELECT engine_id, max(engine_name) AS engine_name, project_id, currency, sum(units) AS units,
     sum(cost_micros) AS cost_micros, count(*) AS pieces
   FROM spending WHERE at_epoch_ms >= @fromEpochMs AND at_epoch_ms < @untilEpochMs
   GROUP BY engine_id, project_id, currency ORDER BY engine_id, project_id, currency`,
)
export const sumOfEngine = statement<
  { engineId: EngineId; fromEpochMs: number; currency: string },
  { cost_micros: number | null }
>(
  'spending.sum-of-engine',
  `SELECT sum(cost_micros) AS cost_micros FROM spending
   WHERE engine_id = @engineId AND at_epoch_ms >= @fromEpochMs AND currency = @currency`,
)

/** Writes down what a service billed. */
export const addSpending = (db: WritableDb, spending: Spending): void => {
  insertRow(db).run({
    at_epoch_ms: db.surroundings.nowEpochMs(),
    engine_id: spending.engineId,
    engine_name: spending.engineName,
    project_id: spending.projectId,
    units: spending.units,
    cost_micros: spending.cost && Math.round(spending.cost.amount * MICROS),
    currency: spending.cost?.currency ?? null,
    request_id: spending.requestId,
  })
}

/** What an engine cost in a currency since then. */
export const spentSince = (db: ReadableDb, engineId: EngineId, currency: string, fromEpochMs: number): number =>
  (sumOfEngine(db).get({ engineId, currency, fromEpochMs })?.cost_micros ?? 0) / MICROS

export type SpendingSum = {
  readonly engineId: EngineId
  readonly engineName: string
  /** Null: of no project, e.g. a trial. */
  readonly projectId: ProjectId | null
  readonly units: number
  readonly pieces: number
  readonly cost: { readonly amount: number; readonly currency: string } | null
}

/** Sums by engine, project and currency. */
export const listSpending = (db: ReadableDb, fromEpochMs: number, untilEpochMs: number): SpendingSum[] =>
  sumSpending(db)
    .all({ fromEpochMs, untilEpochMs })
    .map((row) => ({
      engineId: row.engine_id,
      engineName: row.engine_name,
      projectId: row.project_id,
      units: row.units,
      pieces: row.pieces,
      cost:
        row.currency === null || row.cost_micros === null
          ? null
          : { amount: row.cost_micros / MICROS, currency: row.currency },
    }))
