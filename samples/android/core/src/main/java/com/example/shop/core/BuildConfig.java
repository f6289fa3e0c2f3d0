/**
 * Automatically generated file. DO NOT MODIFY
 */
package com.example.shop.core;

public final class BuildConfig {
  public static final boolean DEBUG = Boolean.parseBoolean("true");
  public static final String LIBRARY_PACKAGE_NAME = "com.example.shop.core";
  public static final String BUILD_TYPE = "debug";
}
