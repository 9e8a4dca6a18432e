import { useRef } from 'react'
import { type Connection, remoteFacts, type TextFix } from '../../../shared/endpoint/index.ts'
import { useT } from '../../state/index.ts'
import { Button, Checkbox, IconButton, TextInput } from '../../ui/index.ts'
import { type DraftProblems, fixesOf, type RowProblem } from './engine-draft.ts'
import styles from './engine-form.module.css'

/** As much as the services take of each. */
const LONGEST = 100

type FixListProps = {
  list: 'readings' | 'replacements'
  fixes: readonly TextFix[]
  problems: ReadonlyMap<number, RowProblem>
  onChange(fixes: TextFix[]): void
}

const FixList = ({ list, fixes, problems, onChange }: FixListProps) => {
  const t = useT()
  const part = useRef<HTMLDivElement>(null)
  const change = (index: number, patch: Partial<TextFix>): void =>
    onChange(fixes.map((fix, at) => (at === index ? { ...fix, ...patch } : fix)))
  const add = (): void => {
    onChange([...fixes, { written: '', said: '' }])
    // The row is there with the next paint.
    requestAnimationFrame(() => part.current?.querySelector<HTMLElement>('li:last-child input')?.focus())
  }
  return (
    <div ref={part} className={styles.rows} data-testid={`fixes-${list}`}>
      {fixes.length > 0 && (
        <ul className={styles.rows}>
          {fixes.map((fix, index) => {
            const number = index + 1
            const problem = problems.get(index)
            return (
              // biome-ignore lint/suspicious/noArrayIndexKey: fields hold what is in the draft and nothing else
              <li key={index} className={styles.fix}>
                <TextInput
                  aria-label={t(`remote.${list}.written`, { number })}
                  aria-invalid={problem !== undefined && (problem === 'twice' || fix.written.trim() === '')}
                  placeholder={t('remote.fixes.written')}
                  maxLength={LONGEST}
                  value={fix.written}
                  onChange={(event) => change(index, { written: event.target.value })}
                />
                <TextInput
                  aria-label={t(`remote.${list}.said`, { number })}
                  aria-invalid={problem === 'missing' && fix.said.trim() === ''}
                  placeholder={t(`remote.${list}.placeholder`)}
                  maxLength={LONGEST}
                  value={fix.said}
                  onChange={(event) => change(index, { said: event.target.value })}
                />
                <IconButton
                  label={t(`remote.${list}.remove`, { number })}
                  icon="trash"
                  onClick={() => {
                    onChange(fixes.filter((_, at) => at !== index))
                    part.current?.querySelector<HTMLElement>('[data-add]')?.focus()
                  }}
                />
                {problem && <p className={styles.problem}>{t(`remote.fixes.${problem}`)}</p>}
              </li>
            )
          })}
        </ul>
      )}
      <div>
        <Button icon="plus" data-add onClick={add}>
          {t(`remote.${list}.add`)}
        </Button>
      </div>
    </div>
  )
}

type FixFieldsProps = {
  connection: Connection
  problems: Pick<DraftProblems, 'readings' | 'replacements'>
  onChange(connection: Connection): void
}

/** Words that are read or said otherwise than the model would; nothing where the model cannot be told. */
export const FixFields = ({ connection, problems, onChange }: FixFieldsProps) => {
  const t = useT()
  if (connection.kind !== 'dashscope' || !remoteFacts(connection).takesFixes) return null
  const fixes = fixesOf(connection)
  return (
    <section className={styles.part} aria-labelledby="remote-fixes">
      <h3 id="remote-fixes">{t('remote.fixes')}</h3>
      <p className={styles.note}>{t('remote.fixes.note')}</p>
      {(['readings', 'replacements'] as const).map((list) => (
        <FixList
          key={list}
          list={list}
          fixes={fixes[list]}
          problems={problems[list]}
          onChange={(changed) => onChange({ ...connection, fixes: { ...fixes, [list]: changed } })}
        />
      ))}
      <Checkbox
        label={t('remote.fixes.markdown')}
        checked={fixes.isMarkdownFiltered}
        onChange={(event) => onChange({ ...connection, fixes: { ...fixes, isMarkdownFiltered: event.target.checked } })}
      />
    </section>
  )
}
