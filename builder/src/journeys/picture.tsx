import classes from './board.module.css'

/** A journey's thumbnail, as the engine drew it: escaped there, in the page's own colours. Its name stands beside it. */
export function Picture({ svg, className }: { svg: string; className?: string }) {
  return (
    <span
      className={`${classes['picture'] ?? ''} ${className ?? ''}`}
      aria-hidden="true"
      dangerouslySetInnerHTML={{ __html: svg }}
    />
  )
}
