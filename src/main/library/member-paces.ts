import type { BilledUnit } from '../../shared/endpoint/index.ts'
import type { EngineId, MemberId } from '../../shared/kernel/index.ts'
import { type ReadableDb, statement, type WritableDb } from './db.ts'

/** How fast an endpoint was. */
export type MemberPace = {
  readonly memberId: MemberId
  readonly engineId: EngineId
  readonly unit: BilledUnit
  /** Milliseconds for a unit of text. */
  readonly msPerUnit: number
}

type PaceRow = { member_id: MemberId; engine_id: EngineId; unit: BilledUnit; ms_per_unit: number }

const selectPaces = statement<{ engineId: EngineId }, PaceRow>(
  'member-pace.list',
  'SELECT * FROM member_pace WHERE engine_id = @engineId',
)
const putRow = statement<PaceRow>(
  'member-pace.put',
  `INSERT INTO member_pace (member_id, engine_id, unit, ms_per_unit) VALUES (@member_id, @engine_id, @unit, @ms_per_unit)
   ON CONFLICT (member_id) DO UPDATE SET unit = excluded.unit, ms_per_unit = excluded.ms_per_unit`,
)

/** Of an engine, those endpoints that have spoken something. */
export const listMemberPaces = (db: ReadableDb, engineId: EngineId): MemberPace[] =>
  selectPaces(db)
    .all({ engineId })
    .map((row) => ({
      ...{ memberId: row.member_id, engineId: row.engine_id, unit: row.unit, msPerUnit: row.ms_per_unit },
    }))

/** Remembers how fast an endpoint is; the engine has to be there. */
export const putMemberPace = (db: WritableDb, { memberId, engineId, unit, msPerUnit }: MemberPace): void => {
  putRow(db).run({ member_id: memberId, engine_id: engineId, unit, ms_per_unit: msPerUnit })
}
