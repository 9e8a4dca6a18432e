import { useMemo } from 'react'
import { type ChapterId, type CharacterId, compareOrder } from '../../../shared/kernel/index.ts'
import { orderedChapters } from '../../../shared/project/index.ts'
import { LINE_MARKS, type ScriptFilter, useProject, useSlice, useStudio, useT } from '../../state/index.ts'
import { classes, IconButton, OneLine, Swatch } from '../../ui/index.ts'
import { LineMarkIcon } from '../script/index.ts'
import styles from './sidebar.module.css'

/** How many lines each chapter and character has; counted again only when lines change. */
const useLineCounts = (): { chapters: Map<ChapterId, number>; characters: Map<CharacterId, number> } => {
  const lines = useProject((project) => project.lines)
  return useMemo(() => {
    const chapters = new Map<ChapterId, number>()
    const characters = new Map<CharacterId, number>()
    for (const { chapterId, characterId } of lines.values()) {
      chapters.set(chapterId, (chapters.get(chapterId) ?? 0) + 1)
      characters.set(characterId, (characters.get(characterId) ?? 0) + 1)
    }
    return { chapters, characters }
  }, [lines])
}

const useFilter = () => {
  const { selection } = useStudio()
  const filter = useSlice(selection.store, (state) => state.filter)
  const isOn = (other: NonNullable<ScriptFilter>): boolean => JSON.stringify(filter) === JSON.stringify(other)
  return {
    isOn,
    toggle: (other: NonNullable<ScriptFilter>): void => selection.setFilter(isOn(other) ? null : other),
  }
}

const Chapters = ({ counts }: { counts: Map<ChapterId, number> }) => {
  const t = useT()
  const { selection, rows } = useStudio()
  const all = useProject((project) => project.chapters)
  const chapters = useMemo(() => orderedChapters({ chapters: all }), [all])
  const activeId = useSlice(selection.store, ({ activeId: id }) => {
    const row = rows.getState().find((each) => each.id === id)
    return row?.kind === 'line' ? row.chapterId : row?.id
  })
  const goTo = (chapterId: ChapterId): void => {
    selection.setFilter(null)
    const list = rows.getState()
    const row =
      list.find((each) => each.id === chapterId) ??
      list.find((each) => each.kind === 'line' && each.chapterId === chapterId)
    if (row) selection.choose(row)
  }
  return (
    <ul className={styles.list}>
      {chapters.map(({ chapterId, title }) => (
        <li key={chapterId}>
          <button
            type="button"
            className={classes(styles.item, activeId === chapterId && styles.on)}
            aria-current={activeId === chapterId || undefined}
            onClick={() => goTo(chapterId)}
          >
            <OneLine>{title || t('script.chapter.untitled')}</OneLine>
            <span className={styles.count}>{counts.get(chapterId) ?? 0}</span>
          </button>
        </li>
      ))}
    </ul>
  )
}

const Cast = ({ counts }: { counts: Map<CharacterId, number> }) => {
  const characters = useProject((project) => project.characters)
  const filter = useFilter()
  return (
    <ul className={styles.list}>
      {[...characters.values()].sort(compareOrder).map(({ characterId, name, colorIndex }) => {
        const isOn = filter.isOn({ kind: 'character', characterId })
        return (
          <li key={characterId}>
            <button
              type="button"
              className={classes(styles.item, isOn && styles.on)}
              aria-pressed={isOn}
              onClick={() => filter.toggle({ kind: 'character', characterId })}
            >
              <Swatch colorIndex={colorIndex} />
              <OneLine>{name}</OneLine>
              <span className={styles.count}>{counts.get(characterId) ?? 0}</span>
            </button>
          </li>
        )
      })}
    </ul>
  )
}

/** Marks that can be filtered by, most urgent first. */
const FILTER_MARKS = [...LINE_MARKS].reverse().filter((mark) => mark !== 'silent')

const Filters = () => {
  const t = useT()
  const { scan } = useStudio()
  const counts = useSlice(scan, (state) => state.counts)
  const filter = useFilter()
  return (
    <ul className={styles.list}>
      {FILTER_MARKS.map((mark) => {
        const isOn = filter.isOn({ kind: 'mark', mark })
        if (counts[mark] === 0 && !isOn) return null
        return (
          <li key={mark}>
            <button
              type="button"
              className={classes(styles.item, isOn && styles.on)}
              aria-pressed={isOn}
              data-filter={mark}
              onClick={() => filter.toggle({ kind: 'mark', mark })}
            >
              <LineMarkIcon mark={mark} isDecoration />
              <OneLine>{t(`mark.${mark}`)}</OneLine>
              <span className={styles.count}>{counts[mark]}</span>
            </button>
          </li>
        )
      })}
    </ul>
  )
}

/** Ways through the script: chapters lead to their place, cast and states filter. */
export const Sidebar = () => {
  const t = useT()
  const { preferences } = useStudio()
  const counts = useLineCounts()
  return (
    <nav className={styles.sidebar} aria-label={t('sidebar.label')}>
      <section className={classes(styles.section, styles.long)} aria-labelledby="sidebar-chapters">
        <h3 id="sidebar-chapters" className={styles.heading}>
          {t('sidebar.chapters')}
        </h3>
        <Chapters counts={counts.chapters} />
      </section>
      <section className={classes(styles.section, styles.long)} aria-labelledby="sidebar-cast">
        <h3 id="sidebar-cast" className={styles.heading}>
          {t('sidebar.cast')}
          <IconButton
            label={t('sidebar.cast.edit')}
            icon="edit"
            className={styles.headingButton}
            onClick={() => preferences.setState({ sidePanel: 'cast' })}
          />
        </h3>
        <Cast counts={counts.characters} />
      </section>
      <section className={styles.section} aria-labelledby="sidebar-states">
        <h3 id="sidebar-states" className={styles.heading}>
          {t('sidebar.states')}
        </h3>
        <Filters />
      </section>
    </nav>
  )
}
