import { Component, type ReactNode } from 'react'

type BoundaryProps = {
  children: ReactNode
  /** What stands in the place of a part that cannot be drawn. */
  instead(error: unknown): ReactNode
  onError?(error: unknown): void
}

/** Keeps a part of the window that cannot be drawn from taking the rest along. A new `key` tries again. */
export class Boundary extends Component<BoundaryProps, { error: unknown; isBroken: boolean }> {
  override state = { error: undefined as unknown, isBroken: false }

  static getDerivedStateFromError(error: unknown) {
    return { error, isBroken: true }
  }

  override componentDidCatch(error: unknown): void {
    this.props.onError?.(error)
  }

  override render(): ReactNode {
    return this.state.isBroken ? this.props.instead(this.state.error) : this.props.children
  }
}
