// A run in an MDX page: import Run from './Run'; <Run query="p=pub-sub&preset=slow-consumer" title="Pub-Sub" />
const SITE = 'https://example.org/patternscope/';

export default function Run({ query, title, height = 440 }) {
  return (
    <iframe
      src={`${SITE}?embed=1&${query}`}
      title={`${title}, live`}
      loading="lazy"
      allow="fullscreen"
      style={{ width: '100%', height, border: 0 }}
    />
  );
}
