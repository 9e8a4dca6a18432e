import type { ScriptSource } from '../../../shared/contract/index.ts'
import type { ProjectId } from '../../../shared/kernel/index.ts'
import { useStudio } from '../../state/index.ts'

/** Ways into a project. Failures are told, but for those of `create`, which its caller tells. */
export const useProjects = () => {
  const studio = useStudio()
  const { bridge, notices, dialogs } = studio
  const attempt = (work: Promise<unknown>): void => {
    work.catch(notices.tellError)
  }
  const create = async (title: string): Promise<void> => {
    const { projectId } = await bridge.call('project.create', { title })
    await studio.openProject(projectId)
  }
  return {
    open: (projectId: ProjectId): void => attempt(studio.openProject(projectId)),
    create,
    /** Shows what a script would become: a new project named like it. */
    createFrom: (source: ScriptSource, name: string): void =>
      dialogs.open({ kind: 'import', source, newProjectTitle: titleOfFile(name) }),
    remove: (projectId: ProjectId): void => attempt(bridge.call('project.delete', { projectId })),
  }
}

const MAX_TITLE_CHARACTERS = 300

/** `第一章.txt` is a script called 第一章. */
export const titleOfFile = (name: string): string =>
  name.replace(/\.[^.]{1,10}$/, '').slice(0, MAX_TITLE_CHARACTERS) || name
