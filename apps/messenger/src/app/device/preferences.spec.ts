import { TestBed } from '@angular/core/testing';
import { describe, expect, it } from 'vitest';
import { DeviceProfile, readDeviceKey } from './device-profile';
import { Preferences } from './preferences';

describe('Preferences', () => {
  it('calls the person Me until a name is given', () => {
    const preferences = TestBed.inject(Preferences);
    expect(preferences.hasName()).toBe(false);
    expect(preferences.ownName()).toBe('Me');
  });

  it('keeps all names the person ever had', () => {
    const preferences = TestBed.inject(Preferences);
    preferences.rename('  Ann  Smith ');
    preferences.rename('Ann');
    preferences.claim('ann_in_the_export');
    TestBed.resetTestingModule();
    const next = TestBed.inject(Preferences);
    expect(next.ownName()).toBe('Ann');
    expect([...next.ownSenderIds()].sort()).toEqual([
      'Ann',
      'Ann Smith',
      'Me',
      'ann_in_the_export',
    ]);
  });

  it('puts the chosen colours on the document, and takes them back', async () => {
    const preferences = TestBed.inject(Preferences);
    preferences.chooseTheme('dark');
    TestBed.tick();
    expect(document.documentElement.dataset['theme']).toBe('dark');
    preferences.chooseTheme('system');
    TestBed.tick();
    expect(document.documentElement.dataset['theme']).toBeUndefined();
  });

  it('ignores settings that something else wrote', () => {
    localStorage.setItem('chat-vault.own-aliases', '{"a":');
    localStorage.setItem('chat-vault.theme', 'pink');
    const preferences = TestBed.inject(Preferences);
    expect([...preferences.ownSenderIds()]).toEqual(['Me']);
    expect(preferences.theme()).toBe('system');
  });
});

describe('DeviceProfile', () => {
  it.each([
    ['', ''],
    ['?device=two', 'two'],
    ['?x=1&device=Two', 'two'],
    ['?device=../x', ''],
  ])('reads the device of %j', (search, key) => expect(readDeviceKey(search)).toBe(key));

  it('keeps settings under names of its own', () => {
    const profile = TestBed.inject(DeviceProfile);
    profile.write('a', '1');
    expect(localStorage.getItem('chat-vault.a')).toBe('1');
    profile.write('a', null);
    expect(profile.read('a')).toBeNull();
  });
});
